//! Runs batches: statements in order, control flow, TRY and CATCH, what an error ends.

use std::future::Future;
use std::pin::Pin;

use super::bind::Binder;
use super::bind_condition;
use super::context::{Context, LocalTables, Variable, Variables};
use super::convert::cast;
use super::eval::{Env, test, value};
use super::scope::Scope;
use super::session::{Item, Session};
use super::world::{ProcedureArgument, World};
use crate::tsql::{Batch, Expression, Kind, Statement};
use crate::value::{SqlError, SqlType, SqlValue};

/// A value for one of the batch's variables (`sp_executesql`, prepared statements).
#[derive(Debug, Clone, PartialEq)]
pub struct BatchParameter {
    /// Name with `@`.
    pub name: String,
    /// Declared type.
    pub ty: SqlType,
    /// Value.
    pub value: SqlValue,
    /// Whether the client wants it back ([`Item::Output`]).
    pub output: bool,
}

/// Runs a batch. Errors are items; the session stays usable, also when the future is dropped.
pub async fn run_batch(
    world: &dyn World,
    session: &mut Session,
    text: &str,
    parameters: &[BatchParameter],
) -> Vec<Item> {
    let mut interpreter = Interpreter::new(world, session);
    for parameter in parameters {
        let value = cast(&parameter.value, super::types::natural(&parameter.value), parameter.ty, 0);
        let variable = Variable { ty: parameter.ty, value: value.unwrap_or(SqlValue::Null) };
        interpreter.frame.variables.insert(parameter.name.to_lowercase(), variable);
    }
    interpreter.top(text).await;
    for parameter in parameters.iter().filter(|parameter| parameter.output) {
        let key = parameter.name.to_lowercase();
        if let Some(Variable { ty, value }) = interpreter.frame.variables.remove(&key) {
            interpreter.items.push(Item::Output { name: parameter.name.clone(), ty, value });
        }
    }
    interpreter.items
}

/// Calls a procedure by its name as written, as an RPC does.
pub async fn run_procedure(
    world: &dyn World,
    session: &mut Session,
    name: &str,
    arguments: Vec<ProcedureArgument>,
) -> Vec<Item> {
    let mut interpreter = Interpreter::new(world, session);
    let outcome = interpreter.remote_call(name, arguments).await;
    interpreter.finish(outcome);
    interpreter.items
}

/// What runs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(i32),
    /// The rest of this batch or procedure does not run; its caller goes on.
    EndScope,
    /// Nothing of the request runs any more.
    Abort,
}

/// An error on its way to a CATCH or to the client.
#[derive(Debug, Clone)]
pub(super) struct Fail {
    pub(super) error: SqlError,
    /// The statement could not be compiled: not caught by a TRY of the same batch.
    pub(super) compile: bool,
    /// THROW: ends the request wherever it is not caught.
    pub(super) thrown: bool,
    /// RAISERROR: never ends anything by itself.
    pub(super) raised: bool,
}

impl From<SqlError> for Fail {
    fn from(error: SqlError) -> Self {
        const COMPILE: &[i32] = &[
            102, 104, 107, 116, 127, 137, 145, 147, 156, 174, 189, 195, 206, 207, 208, 209, 257, 263, 402,
            4104, 4145, 8120,
        ];
        let compile = COMPILE.contains(&error.number);
        Self { error, compile, thrown: false, raised: false }
    }
}

pub(super) type Outcome = Result<Flow, Fail>;
pub(super) type Running<'b> = Pin<Box<dyn Future<Output = Outcome> + Send + 'b>>;

/// What belongs to one batch or procedure.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) variables: Variables,
    pub(super) tables: LocalTables,
    /// The batch is a single administration statement.
    pub(super) alone: bool,
    /// Name of the running procedure, for messages.
    pub(super) procedure: String,
}

/// Runs one request.
pub(super) struct Interpreter<'a> {
    pub(super) world: &'a dyn World,
    pub(super) session: &'a mut Session,
    pub(super) items: Vec<Item>,
    pub(super) frame: Frame,
    /// How many TRY blocks enclose the running statement, in all frames.
    tries: usize,
    /// How many statements enclose the running one, in all frames.
    depth: usize,
}

impl<'a> Interpreter<'a> {
    fn new(world: &'a dyn World, session: &'a mut Session) -> Self {
        // What an earlier request left behind when it was dropped.
        session.state.nesting = 0;
        session.state.caught.clear();
        if let Some(home) = session.home_database.take() {
            session.info.database = home;
        }
        Self { world, session, items: Vec::new(), frame: Frame::default(), tries: 0, depth: 0 }
    }

    async fn top(&mut self, text: &str) {
        let outcome = match super::parsed::parse(text) {
            Ok(batch) => self.batch(&batch).await,
            Err(error) => Err(error.into()),
        };
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Err(fail) = outcome {
            self.session.state.last_error = fail.error.number;
            self.items.push(Item::Message(fail.error.at_line(1)));
        }
    }

    /// Runs a batch in the present frame.
    pub(super) async fn batch(&mut self, batch: &Batch) -> Outcome {
        self.frame.alone = matches!(batch.statements.as_slice(), [Statement { kind: Kind::Ddl(_), .. }]);
        self.block(&batch.statements).await
    }

    pub(super) fn block<'b>(&'b mut self, statements: &'b [Statement]) -> Running<'b> {
        Box::pin(async move {
            for statement in statements {
                match self.one(statement).await? {
                    Flow::Next => {}
                    other => return Ok(other),
                }
            }
            Ok(Flow::Next)
        })
    }

    fn one<'b>(&'b mut self, statement: &'b Statement) -> Running<'b> {
        Box::pin(async move {
            if self.depth > 150 {
                let text =
                    "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).";
                return Err(SqlError::new(217, text).into());
            }
            self.depth += 1;
            let outcome = self.dispatch(statement).await;
            self.depth -= 1;
            match outcome {
                Ok(flow) => {
                    if !is_control_flow(&statement.kind) {
                        self.session.state.last_error = 0;
                    }
                    Ok(flow)
                }
                Err(fail) => self.failed(fail, statement.line),
            }
        })
    }

    /// An error goes to the CATCH that encloses it, else to the client.
    fn failed(&mut self, mut fail: Fail, line: u32) -> Outcome {
        fail.error = fail.error.at_line(line);
        if fail.error.procedure.is_empty() {
            fail.error.procedure.clone_from(&self.frame.procedure);
        }
        self.session.state.last_error = fail.error.number;
        let ends_request = fail.thrown
            || fail.error.class >= 20
            || !fail.raised && (self.session.abort_on_error || aborts_batch(fail.error.number));
        if self.tries > 0 {
            if ends_request && !fail.thrown && self.session.in_transaction() {
                self.session.state.doomed = true;
            }
            return Err(fail);
        }
        self.items.push(Item::Message(fail.error));
        if fail.compile {
            return Ok(Flow::EndScope);
        }
        if !ends_request {
            return Ok(Flow::Next);
        }
        if self.session.in_transaction() && (self.session.abort_on_error || !fail.thrown) {
            self.roll_back();
        }
        Ok(Flow::Abort)
    }

    async fn dispatch(&mut self, statement: &Statement) -> Outcome {
        match &statement.kind {
            Kind::Block(statements) => self.block(statements).await,
            Kind::If { condition, then, otherwise } => {
                if self.condition(condition)? {
                    self.one(then).await
                } else if let Some(otherwise) = otherwise {
                    self.one(otherwise).await
                } else {
                    Ok(Flow::Next)
                }
            }
            Kind::While { condition, body } => self.repeat(condition, body).await,
            Kind::Break => Ok(Flow::Break),
            Kind::Continue => Ok(Flow::Continue),
            Kind::Try { body, handler } => self.guarded(body, handler).await,
            Kind::Return(value) => {
                let status = value.as_ref().map(|value| self.evaluate_as(value, SqlType::Int)).transpose()?;
                Ok(Flow::Return(match status {
                    Some(SqlValue::Int(status)) => status,
                    _ => 0,
                }))
            }
            Kind::Execute(execute) => self.execute(execute).await,
            other => self.simple(other).await,
        }
    }

    async fn repeat(&mut self, condition: &Expression, body: &Statement) -> Outcome {
        let mut rounds = 0_u32;
        while self.condition(condition)? {
            // Lets the request be cancelled, and others run.
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(64) {
                tokio::task::yield_now().await;
            }
            match self.one(body).await? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    async fn guarded(&mut self, body: &[Statement], handler: &[Statement]) -> Outcome {
        self.tries += 1;
        let outcome = self.block(body).await;
        self.tries -= 1;
        match outcome {
            Err(fail) if !fail.compile && fail.error.class < 20 => {
                self.session.state.caught.push(fail.error);
                let outcome = self.block(handler).await;
                self.session.state.caught.pop();
                outcome
            }
            other => other,
        }
    }

    /// Runs `work` with what a statement can see.
    pub(super) fn with_context<T>(
        &self,
        work: impl FnOnce(&Context<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let view = self.world.view(&self.session.info)?;
        let context = Context {
            view: view.as_ref(),
            session: &self.session.info,
            variables: &self.frame.variables,
            session_tables: &self.session.tables,
            batch_tables: &self.frame.tables,
            state: &self.session.state,
        };
        work(&context)
    }

    fn condition(&self, expression: &Expression) -> Result<bool, SqlError> {
        self.with_context(|context| {
            let scope = Scope::default();
            let condition = bind_condition::condition(&Binder::bare(context, &scope), &expression.ast)?;
            Ok(test(context, &condition, &Env::EMPTY)? == Some(true))
        })
    }

    /// The value of an expression outside of a query, with its type.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<(SqlType, SqlValue), SqlError> {
        self.with_context(|context| {
            let scope = Scope::default();
            let node = Binder::bare(context, &scope).value(&expression.ast)?;
            Ok((node.ty, value(context, &node, &Env::EMPTY)?))
        })
    }

    /// The value converted as an assignment does.
    pub(super) fn evaluate_as(&self, expression: &Expression, ty: SqlType) -> Result<SqlValue, SqlError> {
        self.with_context(|context| {
            let scope = Scope::default();
            let node = Binder::bare(context, &scope).value_as(&expression.ast, ty)?;
            value(context, &node, &Env::EMPTY)
        })
    }
}

fn is_control_flow(kind: &Kind) -> bool {
    matches!(kind, Kind::Block(_) | Kind::If { .. } | Kind::While { .. } | Kind::Try { .. })
}

/// Errors that end the batch by themselves: failed conversions, deadlock victim ("Error handling", conversion errors).
fn aborts_batch(number: i32) -> bool {
    matches!(number, 217 | 241 | 244 | 245 | 248 | 1205 | 3930 | 8114 | 8169)
}
