//! Pure decisions: validate, steps, chains, plan, lint, status.
