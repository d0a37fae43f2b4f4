//! Domain words: names, facts, desired and observed state, ops, plans.
