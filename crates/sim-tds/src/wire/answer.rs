//! From items of a backend to tokens: which DONE, in which order, with which bits.

use async_trait::async_trait;
use tokio::io::AsyncWrite;

use super::backend::{Item, Reply};
use super::message::{broken_reply, is_error, is_fatal};
use super::sink::Sink;
use super::token::{self, Done, DoneKind};
use super::type_info::Framing;
use crate::value::{Column, SqlError, SqlType, SqlValue};

/// What outlives one request: the names that each ENVCHANGE needs.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) server: String,
    pub(super) database: String,
    pub(super) transaction: u64,
}

/// How a procedure call ends.
#[derive(Debug, Default)]
pub(super) struct CallEnd {
    /// A prepared handle for the client, with the parameter's name.
    pub(super) handle: Option<(String, i32)>,
    /// Ordinals of the parameters that come back, by name.
    pub(super) ordinals: Vec<(String, u16)>,
}

/// The answer to one request.
#[derive(Debug)]
pub(super) struct Answer<'a, W> {
    sink: &'a mut Sink<W>,
    environment: &'a mut Environment,
    /// Is it a procedure call? Its statements end with DONEINPROC.
    call: bool,
    columns: Vec<Column>,
    framings: Vec<Framing>,
    held: Option<Done>,
    failed: bool,
    fatal: bool,
    status: i32,
    outputs: Vec<(String, SqlType, SqlValue)>,
}

impl<'a, W: AsyncWrite + Unpin + Send> Answer<'a, W> {
    pub(super) fn new(sink: &'a mut Sink<W>, environment: &'a mut Environment, call: bool) -> Self {
        Self {
            sink,
            environment,
            call,
            columns: Vec::new(),
            framings: Vec::new(),
            held: None,
            failed: false,
            fatal: false,
            status: 0,
            outputs: Vec::new(),
        }
    }

    /// Must the connection be closed after this answer?
    pub(super) fn is_fatal(&self) -> bool {
        self.fatal
    }

    pub(super) fn message(&mut self, message: &SqlError) {
        self.release();
        self.failed |= is_error(message);
        self.fatal |= is_fatal(message);
        token::message(message, &self.environment.server, self.sink.tokens());
    }

    /// The end of a batch, or of a call with its status and values. `more`: another call of the same message
    /// follows.
    pub(super) fn end(&mut self, end: &CallEnd, more: bool) {
        if !self.call {
            let done = self.held.take().unwrap_or_else(|| self.done(DoneKind::Statement, None));
            done.write(more, self.sink.tokens());
            return;
        }
        self.release();
        token::return_status(self.status, self.sink.tokens());
        if let Some((name, handle)) = &end.handle {
            self.output(0, name, SqlType::Int, &SqlValue::Int(*handle));
        }
        for (name, ty, value) in std::mem::take(&mut self.outputs) {
            let ordinal = end.ordinals.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
            self.output(ordinal.map_or(0, |(_, ordinal)| *ordinal), &name, ty, &value);
        }
        self.done(DoneKind::Procedure, None).write(more, self.sink.tokens());
    }

    /// The end after an attention: what was running is cut, then the acknowledgement.
    pub(super) fn end_cancelled(&mut self) {
        self.release();
        let kind = if self.call { DoneKind::Procedure } else { DoneKind::Statement };
        Done { error: true, ..Done::new(kind) }.write(true, self.sink.tokens());
        acknowledge_attention(self.sink.tokens());
    }

    fn output(&mut self, ordinal: u16, name: &str, ty: SqlType, value: &SqlValue) {
        if token::return_value(ordinal, name, ty, value, self.sink.tokens()).is_err() {
            self.refuse("an output value does not fit its type");
        }
    }

    /// A statement's end, with the error bit when it failed.
    fn done(&mut self, kind: DoneKind, rows: Option<u64>) -> Done {
        let error = std::mem::take(&mut self.failed);
        Done { rows, error, ..Done::new(kind) }
    }

    /// Writes the DONE that was kept back: more follows.
    fn release(&mut self) {
        if let Some(done) = self.held.take() {
            done.write(true, self.sink.tokens());
        }
    }

    fn statement_kind(&self) -> DoneKind {
        if self.call { DoneKind::InProcedure } else { DoneKind::Statement }
    }

    fn refuse(&mut self, reason: &str) {
        tracing::error!(reason, "the backend broke the rules of an answer");
        self.message(&broken_reply(reason));
    }

    fn write(&mut self, item: Item) {
        match item {
            Item::Columns(columns) => match token::columns(&columns, self.sink.tokens()) {
                Ok(framings) => (self.columns, self.framings) = (columns, framings),
                Err(_) => self.refuse("too many columns"),
            },
            Item::Row(values) => {
                let tokens = self.sink.tokens();
                if self.columns.is_empty()
                    || token::row(&self.columns, &self.framings, &values, tokens).is_err()
                {
                    self.refuse("a row does not fit its columns");
                }
            }
            Item::Message(message) => self.message(&message),
            Item::Done(rows) => self.held = Some(self.done(self.statement_kind(), rows)),
            Item::Changed(change, rows) => {
                let done = self.done(self.statement_kind(), Some(rows));
                self.held = Some(Done { change: Some(change), ..done });
            }
            Item::ReturnStatus(status) if self.call => self.status = status,
            Item::ReturnStatus(status) => {
                token::return_status(status, self.sink.tokens());
                self.held = Some(self.done(DoneKind::Procedure, None));
            }
            Item::Output { name, ty, value } if self.call => self.outputs.push((name, ty, value)),
            Item::Output { .. } => self.refuse("a batch has no output parameters"),
            Item::Database(new) => {
                let old = std::mem::replace(&mut self.environment.database, new);
                let Environment { server, database, .. } = &*self.environment;
                token::database(database, &old, server, self.sink.tokens());
            }
            Item::Transaction(change) => {
                if change == super::backend::TransactionChange::Begun {
                    self.environment.transaction += 1;
                }
                token::transaction(change, self.environment.transaction, self.sink.tokens());
            }
        }
    }
}

#[async_trait]
impl<W: AsyncWrite + Unpin + Send> Reply for Answer<'_, W> {
    async fn send(&mut self, item: Item) {
        // After a fatal message nothing follows but the end.
        if self.fatal {
            return;
        }
        self.release();
        self.write(item);
        self.sink.relieve().await;
    }
}

/// DONE with the attention bit.
pub(super) fn acknowledge_attention(tokens: &mut Vec<u8>) {
    Done { attention: true, ..Done::new(DoneKind::Statement) }.write(false, tokens);
}
