//! Transactions. Temporary tables roll back; what was changed at the site does not, and that is said.

use super::interpreter::Interpreter;
use super::session::{Item, TransactionChange};
use crate::value::SqlError;

impl Interpreter<'_> {
    pub(super) fn begin(&mut self) {
        self.session.state.transactions += 1;
        if self.session.state.transactions == 1 {
            self.session.info.in_transaction = true;
            self.session.saved_tables = Some(self.session.tables.clone());
            self.session.site_changed = false;
            self.items.push(Item::Transaction(TransactionChange::Begun));
        }
    }

    pub(super) fn commit(&mut self) -> Result<(), SqlError> {
        if !self.session.in_transaction() {
            return Err(SqlError::new(
                3902,
                "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.",
            ));
        }
        if self.session.state.doomed {
            let text = "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.";
            return Err(SqlError::new(3930, text));
        }
        self.session.state.transactions -= 1;
        if self.session.state.transactions == 0 {
            self.ended(TransactionChange::Committed);
        }
        Ok(())
    }

    pub(super) fn rollback_statement(&mut self) -> Result<(), SqlError> {
        if !self.session.in_transaction() {
            let text = "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.";
            return Err(SqlError::new(3903, text));
        }
        self.roll_back();
        Ok(())
    }

    pub(super) fn roll_back(&mut self) {
        if let Some(tables) = self.session.saved_tables.take() {
            self.session.tables = tables;
        }
        if self.session.site_changed {
            let error = SqlError::not_implemented("rolling back what the transaction changed at the site");
            self.items.push(Item::Message(error.at_line(1)));
        }
        self.session.state.transactions = 0;
        self.ended(TransactionChange::RolledBack);
    }

    fn ended(&mut self, change: TransactionChange) {
        self.session.info.in_transaction = false;
        self.session.saved_tables = None;
        self.session.site_changed = false;
        self.session.state.doomed = false;
        self.items.push(Item::Transaction(change));
    }
}
