//! Which mutants are to blame for an error of the compiler, by its place in the instrumented text.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Lit, UnOp};

/// The mutants of an instrumented file.
#[derive(Default)]
pub struct Places {
    /// Every question with its place.
    questions: Vec<(usize, u32)>,
    /// What a mutant runs instead of the original.
    replacements: Vec<(Range<usize>, u32)>,
    /// What was put around the original, with the mutants that are decided there.
    wrappers: Vec<(Range<usize>, Vec<u32>)>,
    functions: Vec<Range<usize>>,
    open: Vec<Vec<u32>>,
}

impl Places {
    pub fn new(text: &str) -> syn::Result<Self> {
        let mut places = Self::default();
        places.visit_file(&syn::parse_file(text)?);
        Ok(places)
    }

    /// The mutants that are to blame for an error at `error`; empty if none can be.
    pub fn blamed(&self, error: &Range<usize>) -> Vec<u32> {
        let contains = |outer: &Range<usize>| outer.start <= error.start && error.end <= outer.end;
        let innermost = self.replacements.iter().filter(|(range, _)| contains(range));
        if let Some((_, mutant)) = innermost.min_by_key(|(range, _)| range.len()) {
            return vec![*mutant];
        }
        let inside = |range: &Range<usize>| -> Vec<u32> {
            let questions = self.questions.iter();
            questions.filter(|(at, _)| range.contains(at)).map(|&(_, mutant)| mutant).collect()
        };
        let within = inside(error);
        if (1..=40).contains(&within.len()) {
            return within;
        }
        let around = self.wrappers.iter().filter(|(range, _)| contains(range));
        if let Some((_, mutants)) = around.min_by_key(|(range, _)| range.len()) {
            return mutants.clone();
        }
        let function = self.functions.iter().filter(|range| contains(range));
        function.min_by_key(|range| range.len()).map_or(vec![], inside)
    }

    fn wrapper(&mut self, range: Range<usize>, visit: impl FnOnce(&mut Self)) {
        self.open.push(Vec::new());
        visit(self);
        if let Some(mutants) = self.open.pop().filter(|mutants| !mutants.is_empty()) {
            self.wrappers.push((range, mutants));
        }
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_expr_paren(&mut self, expr: &'ast syn::ExprParen) {
        self.wrapper(expr.span().byte_range(), |this| visit::visit_expr_paren(this, expr));
    }

    fn visit_expr_if(&mut self, expr: &'ast syn::ExprIf) {
        if let Some(mutant) = question(&expr.cond) {
            self.replacements.push((expr.then_branch.span().byte_range(), mutant));
        }
        match &*expr.cond {
            Expr::Unary(syn::ExprUnary { op: UnOp::Not(_), expr: inner, .. })
                if question(inner).is_some() =>
            {
                self.wrapper(expr.span().byte_range(), |this| visit::visit_expr_if(this, expr));
            }
            _ => visit::visit_expr_if(self, expr),
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Some(mutant) = question_in(call) {
            self.questions.push((call.span().byte_range().start, mutant));
            if let Some(open) = self.open.last_mut() {
                open.push(mutant);
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.functions.push(item.span().byte_range());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.functions.push(item.span().byte_range());
        visit::visit_impl_item_fn(self, item);
    }
}

fn question(condition: &Expr) -> Option<u32> {
    if let Expr::Call(call) = condition { question_in(call) } else { None }
}

fn question_in(call: &syn::ExprCall) -> Option<u32> {
    let Expr::Path(path) = &*call.func else { return None };
    if path.path.segments.first()?.ident != "mutant_switch" {
        return None;
    }
    match call.args.first()? {
        Expr::Lit(syn::ExprLit { lit: Lit::Int(int), .. }) => int.base10_parse().ok(),
        _ => None,
    }
}
