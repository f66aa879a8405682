//! The pure part of graphs: who meets what, and types as text.

mod link;
mod shape;
