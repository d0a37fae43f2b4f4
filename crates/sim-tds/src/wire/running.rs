//! Running requests: the backend works while the wire listens for an attention, a kill and the end.

use super::answer::{Answer, CallEnd};
use super::backend::{Backend, Request};
use super::connection::Channel;
use super::error::WireError;
use super::message::{bad_rpc, killed};
use super::prepared::Resolved;
use super::rpc;
use crate::value::SqlError;

/// What became of a request.
enum Outcome {
    Answered(Result<(), SqlError>),
    Cancelled,
    Killed,
    Gone(WireError),
}

/// What the connection does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The answer goes on with the next call of the message.
    Continue,
    /// The answer is complete: an attention cut it.
    Cancelled,
    /// The connection ends once the answer is sent.
    Close,
}

impl<B: Backend> Channel<B> {
    /// Runs a batch and sends its answer; false when the connection must end.
    pub(super) async fn run_batch(
        &mut self,
        session: &mut B::Session,
        text: String,
    ) -> Result<bool, WireError> {
        let next = self.run(session, Request::text(text), &CallEnd::default(), false, false).await?;
        self.finish().await?;
        Ok(next != Next::Close)
    }

    /// Runs the calls of an RPC message; false when the connection must end.
    pub(super) async fn run_calls(
        &mut self,
        session: &mut B::Session,
        data: &[u8],
    ) -> Result<bool, WireError> {
        let calls = match rpc::parse(data) {
            Ok(calls) => calls,
            // The message's borders are known, so the connection survives a parameter that is not understood.
            Err(error @ (WireError::UnsupportedType(_) | WireError::Malformed(_))) => {
                self.reject(&bad_rpc(&error.to_string()), false);
                self.finish().await?;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        let mut calls = calls.into_iter().peekable();
        let mut next = Next::Continue;
        while let Some(call) = calls.next()
            && next == Next::Continue
        {
            let more = calls.peek().is_some();
            match self.prepared.resolve(call) {
                Ok(Resolved { request: Some(request), end }) => {
                    next = self.run(session, request, &end, true, more).await?;
                }
                Ok(Resolved { request: None, end }) => {
                    Answer::new(&mut self.sink, &mut self.environment, true).end(&end, more);
                }
                Err(error) => self.reject(&error, more),
            }
        }
        self.finish().await?;
        Ok(next != Next::Close)
    }

    fn reject(&mut self, error: &SqlError, more: bool) {
        let mut answer = Answer::new(&mut self.sink, &mut self.environment, true);
        answer.message(error);
        answer.end(&CallEnd::default(), more);
    }

    async fn run(
        &mut self,
        session: &mut B::Session,
        request: Request,
        end: &CallEnd,
        call: bool,
        more: bool,
    ) -> Result<Next, WireError> {
        let mut answer = Answer::new(&mut self.sink, &mut self.environment, call);
        let outcome = {
            let running = self.backend.run(session, request, &mut answer);
            tokio::select! {
                biased;
                () = self.kill.cancelled() => Outcome::Killed,
                result = running => Outcome::Answered(result),
                interrupt = self.reader.attention() => match interrupt {
                    Ok(()) => Outcome::Cancelled,
                    Err(error) => Outcome::Gone(error),
                },
            }
        };
        match outcome {
            Outcome::Answered(result) => {
                if let Err(error) = result {
                    answer.message(&error);
                }
                let next = if answer.is_fatal() { Next::Close } else { Next::Continue };
                answer.end(end, more && next == Next::Continue);
                Ok(next)
            }
            Outcome::Cancelled => {
                answer.end_cancelled();
                Ok(Next::Cancelled)
            }
            Outcome::Killed => {
                answer.message(&killed());
                answer.end(end, false);
                Ok(Next::Close)
            }
            Outcome::Gone(error) => Err(error),
        }
    }
}
