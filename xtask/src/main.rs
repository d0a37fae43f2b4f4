//! The one door to checks, tests and the demo.

fn main() {}
