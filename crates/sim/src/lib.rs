//! The simulator's doors: agents, TDS endpoints, role endpoint, control.
