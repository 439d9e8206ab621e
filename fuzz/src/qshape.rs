//! Laws of `postfix-qshape`.

mod bucket;
mod key;
mod quantile;
mod rates;
mod render;
mod shape;
mod stored;
mod stream;
mod top;
mod wire;

pub use bucket::bucket;
pub use key::domain;
pub use quantile::{diff, quantile};
pub use rates::rates;
pub use render::render;
pub use shape::{merge, shape};
pub use stored::stored;
pub use top::top;
pub use wire::wire;
