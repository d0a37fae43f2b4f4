//! Scenarios and end-to-end checks over the whole workspace.
