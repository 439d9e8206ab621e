//! Puts all mutants of a file into it, each behind a question to `mutant_switch`. Where the operands of an operator have to be
//! evaluated once whatever operator applies, they are bound by a `match`, which keeps temporaries alive as an operator does.
//!
//! Left alone: tests, macros, patterns, types, attributes, constants, and functions that have to be `const`.

use std::collections::HashSet;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, Block, Expr, Pat, Signature, Stmt, parse_quote};

use crate::operators::{is_comparison, is_question, other_method, others, values_returned};
use crate::refused::Refused;

/// A small change of the crate.
pub struct Mutant {
    /// Path in the crate.
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub what: String,
    /// Whether it is in the copy: wanted, and accepted by the compiler.
    pub is_possible: bool,
}

impl Mutant {
    /// The mutant's name, which stays the same while its file does.
    pub fn key(&self) -> String {
        let Self { file, line, column, what, .. } = self;
        format!("{file}:{line}:{column}\t{what}")
    }
}

/// Instruments one file after the other.
pub struct Instrument<'a> {
    refused: &'a Refused,
    /// The numbers of the mutants to put in, `None` for all.
    wanted: Option<&'a HashSet<u32>>,
    /// All mutants, also those that were refused; a mutant's index is its number.
    pub mutants: Vec<Mutant>,
    file: String,
    within: Vec<String>,
}

impl<'a> Instrument<'a> {
    pub fn new(refused: &'a Refused, wanted: Option<&'a HashSet<u32>>) -> Self {
        Self { refused, wanted, mutants: Vec::new(), file: String::new(), within: Vec::new() }
    }

    /// The instrumented text of a file.
    pub fn file(&mut self, name: &str, text: &str) -> syn::Result<String> {
        let mut file = syn::parse_file(text)?;
        self.file = name.to_owned();
        self.visit_file_mut(&mut file);
        Ok(file.into_token_stream().to_string())
    }

    /// The question for a new mutant, `None` if the compiler refuses that one or nobody wants it.
    fn on(&mut self, span: Span, what: String) -> Option<TokenStream> {
        let number = u32::try_from(self.mutants.len()).ok()?;
        let start = span.start();
        self.mutants.push(Mutant {
            file: self.file.clone(),
            line: start.line,
            column: start.column + 1,
            what: format!("{what} in {}", self.within.join("::")),
            is_possible: !self.refused.mutants.contains(&number)
                && self.wanted.is_none_or(|wanted| wanted.contains(&number)),
        });
        let literal = Literal::u32_unsuffixed(number);
        self.mutants.last()?.is_possible.then(|| quote!(::mutant_switch::on(#literal)))
    }

    /// `condition`, or true, or false.
    fn condition(&mut self, condition: &mut Expr, span: Span, kind: &str, with_true: bool) {
        if has_let(condition) || matches!(condition, Expr::Lit(_)) {
            return;
        }
        if let Some(on) = with_true.then(|| self.on(span, format!("{kind} with true"))).flatten() {
            *condition = parse_quote!((#on || (#condition)));
        }
        if let Some(on) = self.on(span, format!("{kind} with false")) {
            *condition = parse_quote!((!#on && (#condition)));
        }
    }

    /// Returns simple values at once.
    fn body(&mut self, signature: &Signature, block: &mut Block) {
        if block.stmts.is_empty() {
            return;
        }
        let span = signature.ident.span();
        let original = block.stmts.iter().map(|stmt| quote!(#stmt).to_string()).collect::<String>();
        let mut early: Vec<Stmt> = Vec::new();
        for value in values_returned(&signature.output) {
            let text = value.to_string();
            if text == original {
                continue;
            }
            if let Some(on) = self.on(span, format!("replace the body with {text}")) {
                early.push(parse_quote!(if #on { return #value; }));
            }
        }
        visit_mut::visit_block_mut(self, block);
        block.stmts.splice(0..0, early);
    }

    fn function(&mut self, signature: &mut Signature, block: &mut Block) {
        let name = signature.ident.to_string();
        let is_const =
            signature.constness.is_some() && self.refused.const_functions.contains(&name);
        self.within.push(name);
        if is_const {
            // The numbers of all other mutants stay as they are.
            let first = self.mutants.len();
            self.body(signature, &mut block.clone());
            self.mutants.iter_mut().skip(first).for_each(|mutant| mutant.is_possible = false);
        } else {
            signature.constness = None;
            self.body(signature, block);
        }
        self.within.pop();
    }

    fn binary(&mut self, expr: &mut Expr) {
        let Expr::Binary(binary) = &*expr else { return };
        let (left, operator, right) = (&binary.left, &binary.op, &binary.right);
        let (span, text) = (operator.span(), operator.to_token_stream().to_string());
        if let syn::BinOp::And(_) | syn::BinOp::Or(_) = operator {
            let other = if text == "&&" { "||" } else { "&&" };
            let what = format!("replace {text} with {other}");
            if let Some(on) = (!has_let(expr)).then(|| self.on(span, what)).flatten() {
                // By De Morgan's law.
                *expr = parse_quote!((#on ^ ((#on ^ (#left)) #operator (#on ^ (#right)))));
            }
            return;
        }
        let assigns = text.ends_with('=') && !is_comparison(operator);
        let mut choice = TokenStream::new();
        for other in others(operator) {
            if let Some(on) = self.on(span, format!("replace {text} with {other}")) {
                let other: TokenStream = other.parse().unwrap_or_default();
                choice.extend(match () {
                    () if assigns => quote!(if #on { #left #other __r } else),
                    () if is_comparison(operator) => quote!(if #on { *__l #other *__r } else),
                    () => quote!(if #on { __l #other __r } else),
                });
            }
        }
        if !choice.is_empty() {
            *expr = match () {
                () if assigns => {
                    parse_quote!((match #right { __r => #choice { #left #operator __r } }))
                }
                () if is_comparison(operator) => parse_quote!(
                    (match (&(#left), &(#right)) { (__l, __r) => #choice { *__l #operator *__r } })
                ),
                () => parse_quote!(
                    (match (#left, #right) { (__l, __r) => #choice { __l #operator __r } })
                ),
            };
        }
    }

    fn literal(&mut self, expr: &mut Expr, span: Span) {
        let Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(int), .. }) = &*expr else { return };
        let Ok(value) = int.base10_parse::<u128>() else { return };
        let mut choice = TokenStream::new();
        for other in [value.checked_add(1), value.checked_sub(1)].into_iter().flatten() {
            if let Some(on) = self.on(span, format!("replace {int} with {other}")) {
                let other = syn::LitInt::new(&format!("{other}{}", int.suffix()), span);
                choice.extend(quote!(if #on { #other } else));
            }
        }
        if !choice.is_empty() {
            *expr = parse_quote!((#choice { #int }));
        }
    }

    /// One more at the end of `a..b`, one less at the end of `a..=b`.
    fn range(&mut self, range: &mut syn::ExprRange) {
        let Some(end) = &mut range.end else { return };
        let (what, operator) = match range.limits {
            syn::RangeLimits::HalfOpen(_) => ("replace .. with ..=", quote!(+)),
            syn::RangeLimits::Closed(_) => ("replace ..= with ..", quote!(-)),
        };
        if let Some(on) = self.on(range.limits.span(), what.to_owned()) {
            *end = parse_quote!((match #end { __e => if #on { __e #operator 1 } else { __e } }));
        }
    }

    fn method(&mut self, expr: &mut Expr) {
        let Expr::MethodCall(call) = &*expr else { return };
        let (name, span) = (call.method.to_string(), call.method.span());
        if is_question(&name) {
            if let Some(on) = self.on(span, format!("negate {name}()")) {
                *expr = parse_quote!((#call != #on));
            }
        } else if let Some(other) = other_method(&name)
            && let Some(on) = self.on(span, format!("replace {name}() with {other}()"))
        {
            let mut changed = call.clone();
            changed.method = format_ident!("{other}");
            *expr = parse_quote!((if #on { #changed } else { #call }));
        }
    }

    fn matching(&mut self, expr: &mut syn::ExprMatch) {
        let catches_all = |arm: &syn::Arm| arm.guard.is_none() && is_catch_all(&arm.pat);
        let last = expr.arms.iter().position(catches_all).unwrap_or(0);
        for (n, arm) in expr.arms.iter_mut().enumerate() {
            if let Some((keyword, guard)) = &mut arm.guard {
                let span = keyword.span();
                self.condition(guard, span, "replace the guard", true);
            } else if n < last
                && !is_test(&arm.attrs)
                && let Some(on) = self.on(arm.pat.span(), "delete the arm".to_owned())
            {
                arm.guard = Some((parse_quote!(if), parse_quote!((!#on))));
            }
        }
    }
}

impl VisitMut for Instrument<'_> {
    fn visit_attribute_mut(&mut self, _: &mut Attribute) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_pat_mut(&mut self, _: &mut Pat) {}
    fn visit_variant_mut(&mut self, _: &mut syn::Variant) {}
    fn visit_macro_mut(&mut self, _: &mut syn::Macro) {}
    fn visit_item_const_mut(&mut self, _: &mut syn::ItemConst) {}
    fn visit_item_static_mut(&mut self, _: &mut syn::ItemStatic) {}
    fn visit_impl_item_const_mut(&mut self, _: &mut syn::ImplItemConst) {}
    fn visit_trait_item_const_mut(&mut self, _: &mut syn::TraitItemConst) {}
    fn visit_generics_mut(&mut self, _: &mut syn::Generics) {}
    fn visit_generic_argument_mut(&mut self, _: &mut syn::GenericArgument) {}
    fn visit_expr_const_mut(&mut self, _: &mut syn::ExprConst) {}

    fn visit_expr_repeat_mut(&mut self, repeat: &mut syn::ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_item_mod_mut(&mut self, item: &mut syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit_mut::visit_item_mod_mut(self, item);
        }
    }

    fn visit_item_fn_mut(&mut self, item: &mut syn::ItemFn) {
        if !is_test(&item.attrs) {
            self.function(&mut item.sig, &mut item.block);
        }
    }

    fn visit_impl_item_fn_mut(&mut self, item: &mut syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            self.function(&mut item.sig, &mut item.block);
        }
    }

    fn visit_trait_item_fn_mut(&mut self, item: &mut syn::TraitItemFn) {
        if let Some(block) = &mut item.default {
            self.function(&mut item.sig, block);
        }
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        if is_test(&item.attrs) {
            return;
        }
        let ty = &item.self_ty;
        self.within.push(quote!(#ty).to_string().replace(' ', ""));
        visit_mut::visit_item_impl_mut(self, item);
        self.within.pop();
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        for stmt in &mut block.stmts {
            let span = stmt.span();
            let can_be_dropped = matches!(
                stmt,
                Stmt::Expr(
                    Expr::Call(_) | Expr::MethodCall(_) | Expr::Assign(_) | Expr::Try(_),
                    Some(_)
                )
            );
            self.visit_stmt_mut(stmt);
            let Stmt::Expr(expr, _) = stmt else { continue };
            if can_be_dropped && let Some(on) = self.on(span, "drop the statement".to_owned()) {
                *stmt = Stmt::Expr(parse_quote!(if !#on { #expr; }), None);
            }
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let span = expr.span();
        let condition = match expr {
            Expr::If(expr) => expr.cond.span(),
            Expr::While(expr) => expr.cond.span(),
            _ => span,
        };
        if let Expr::MethodCall(call) = expr {
            // How much room is made matters to speed only.
            if call.method == "reserve" {
                return;
            }
        }
        if let Expr::Call(call) = expr {
            let function = &call.func;
            if quote!(#function).to_string().ends_with("with_capacity") {
                return;
            }
        }
        // The literal at the end of a range has mutants that do the same.
        let end = if let Expr::Range(range) = expr { range.end.as_deref() } else { None };
        let literal_end = matches!(end, Some(Expr::Lit(_)));
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::Binary(_) => self.binary(expr),
            Expr::Lit(_) => self.literal(expr, span),
            Expr::MethodCall(_) => self.method(expr),
            Expr::Match(expr) => self.matching(expr),
            Expr::Range(range) if !literal_end => self.range(range),
            Expr::If(expr) => {
                self.condition(&mut expr.cond, condition, "replace the condition", true)
            }
            // With true, it would never end.
            Expr::While(expr) => {
                self.condition(&mut expr.cond, condition, "replace the condition", false);
            }
            Expr::Unary(unary) if !matches!(unary.op, syn::UnOp::Deref(_)) => {
                let (operator, operand) = (&unary.op, &unary.expr);
                let what = format!("delete {}", operator.to_token_stream());
                if let Some(on) = self.on(span, what) {
                    *expr = parse_quote!(
                        (match #operand { __r => if #on { __r } else { #operator __r } })
                    );
                }
            }
            Expr::Macro(call) if call.mac.path.is_ident("matches") => {
                if let Some(on) = self.on(span, "negate matches!".to_owned()) {
                    *expr = parse_quote!((#call != #on));
                }
            }
            _ => {}
        }
    }
}

/// Whether these are the attributes of what is not compiled apart from tests, or not at all.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string().replace(' ', "");
        text == "#[test]"
            || text.starts_with("#[cfg(test")
            || text.starts_with("#[cfg(all(test")
            || text.starts_with("#[cfg(doctest")
            || text.starts_with("#[cfg(not(")
    })
}

fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

fn is_catch_all(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        Pat::Ident(ident) => {
            let name = ident.ident.to_string();
            ident.subpat.is_none() && name.starts_with(|first: char| first.is_ascii_lowercase())
        }
        _ => false,
    }
}
