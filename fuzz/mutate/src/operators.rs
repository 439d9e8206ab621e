//! What each mutant puts in place of the original: other operators, other methods, and simple values of a type.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{BinOp, GenericArgument, PathArguments, ReturnType, Type};

/// The operators that take the place of this one, as tokens and as text.
pub fn others(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::Lt(_) => &["<=", "==", ">"],
        BinOp::Gt(_) => &[">=", "==", "<"],
        BinOp::Le(_) => &["<", ">"],
        BinOp::Ge(_) => &[">", "<"],
        BinOp::Add(_) => &["-", "*"],
        BinOp::Sub(_) => &["+", "/"],
        BinOp::Mul(_) => &["+", "/"],
        BinOp::Div(_) => &["*", "%"],
        BinOp::Rem(_) => &["/", "+"],
        BinOp::BitAnd(_) => &["|", "^"],
        BinOp::BitOr(_) => &["&", "^"],
        BinOp::BitXor(_) => &["|", "&"],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::AddAssign(_) => &["-=", "*="],
        BinOp::SubAssign(_) => &["+=", "/="],
        BinOp::MulAssign(_) => &["+=", "/="],
        BinOp::DivAssign(_) => &["*=", "%="],
        BinOp::RemAssign(_) => &["/=", "+="],
        BinOp::BitAndAssign(_) => &["|=", "^="],
        BinOp::BitOrAssign(_) => &["&=", "^="],
        BinOp::BitXorAssign(_) => &["|=", "&="],
        BinOp::ShlAssign(_) => &[">>="],
        BinOp::ShrAssign(_) => &["<<="],
        _ => &[],
    }
}

pub fn is_comparison(operator: &BinOp) -> bool {
    matches!(
        operator,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Gt(_) | BinOp::Le(_) | BinOp::Ge(_)
    )
}

/// Methods that are turned into one another.
pub fn other_method(name: &str) -> Option<&'static str> {
    const PAIRS: &[(&str, &str)] = &[
        ("min", "max"),
        ("first", "last"),
        ("any", "all"),
        ("starts_with", "ends_with"),
        ("saturating_add", "saturating_sub"),
        ("wrapping_add", "wrapping_sub"),
        ("checked_add", "checked_sub"),
        ("position", "rposition"),
        ("split_once", "rsplit_once"),
        ("take", "skip"),
        ("take_while", "skip_while"),
    ];
    PAIRS.iter().find_map(|&(one, other)| match name {
        _ if name == one => Some(other),
        _ if name == other => Some(one),
        _ => None,
    })
}

/// Methods whose answer is turned into its opposite.
pub fn is_question(name: &str) -> bool {
    matches!(name, "is_some" | "is_none" | "is_ok" | "is_err" | "is_empty" | "contains")
}

/// Simple values that a function can return instead of running. Nothing for types that cannot be named here.
pub fn values_returned(output: &ReturnType) -> Vec<TokenStream> {
    match output {
        ReturnType::Default => vec![quote!(())],
        ReturnType::Type(_, ty) => values(ty),
    }
}

fn values(ty: &Type) -> Vec<TokenStream> {
    match ty {
        Type::Paren(inner) => values(&inner.elem),
        Type::Group(inner) => values(&inner.elem),
        Type::ImplTrait(_) | Type::Never(_) => vec![],
        Type::Tuple(tuple) => {
            let all: Vec<_> = tuple.elems.iter().map(values).collect();
            if all.iter().any(Vec::is_empty) {
                return vec![];
            }
            let most = all.iter().map(Vec::len).max().unwrap_or(1);
            let one = |n: usize| {
                let members = all.iter().map(|values| &values[n.min(values.len() - 1)]);
                quote!((#(#members,)*))
            };
            if all.is_empty() { vec![quote!(())] } else { (0..most).map(one).collect() }
        }
        Type::Array(array) => {
            let length = &array.len;
            values(&array.elem).into_iter().map(|value| quote!([#value; #length])).collect()
        }
        Type::Reference(reference) => {
            let text = quote!(#ty).to_string();
            match () {
                () if reference.mutability.is_some() => vec![quote!(::mutant_switch::leak())],
                () if text.ends_with(" str") => vec![quote!(""), quote!("xyzzy")],
                () if text.ends_with("[u8]") => vec![quote!(&b""[..]), quote!(&b"xyzzy"[..])],
                () if text.ends_with(']') => vec![quote!(&[])],
                () => vec![quote!(&*::mutant_switch::leak())],
            }
        }
        Type::Path(path) => path.path.segments.last().map_or(vec![], |last| {
            let inner = match &last.arguments {
                PathArguments::AngleBracketed(list) => {
                    list.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    })
                }
                _ => None,
            };
            named(&last.ident.to_string(), inner)
        }),
        _ => vec![quote!(::core::default::Default::default())],
    }
}

fn named(name: &str, inner: Option<&Type>) -> Vec<TokenStream> {
    let default = || quote!(::core::default::Default::default());
    let within = || inner.map_or_else(|| vec![default()], values);
    match name {
        "bool" => vec![quote!(true), quote!(false)],
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => vec![quote!(0), quote!(1)],
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => vec![quote!(0), quote!(1), quote!(-1)],
        "f32" | "f64" => vec![quote!(0.0), quote!(1.0), quote!(-1.0)],
        "String" => vec![default(), quote!("xyzzy".into())],
        "Ordering" => ["Less", "Equal", "Greater"]
            .map(|name| {
                let name = format_ident!("{name}");
                quote!(::core::cmp::Ordering::#name)
            })
            .into(),
        "Option" => {
            let some = within().into_iter().map(|value| quote!(Some(#value)));
            std::iter::once(quote!(None)).chain(some).collect()
        }
        "Result" => within().into_iter().map(|value| quote!(Ok(#value))).collect(),
        "Box" => within().into_iter().map(|value| quote!(::std::boxed::Box::new(#value))).collect(),
        "Cow" => match inner.map(|ty| quote!(#ty).to_string()) {
            Some(text) if text == "str" => vec![quote!("".into()), quote!("xyzzy".into())],
            _ => vec![quote!((&b""[..]).into()), quote!((&b"xyzzy"[..]).into())],
        },
        _ => vec![default()],
    }
}
