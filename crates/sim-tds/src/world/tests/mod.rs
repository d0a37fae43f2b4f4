//! The simulated instance, asked in T-SQL.

mod catalog;
mod errors;
mod fixture;
mod group;
mod rights;
mod views;
