//! Why there is no host, or no module.

use faena_contract::{ErrorCode, JobError};

/// Why there is no host, or no module.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// wasmtime does not start on this machine.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// The thread that interrupts modules could not be started.
    #[error("the thread that interrupts modules does not start")]
    Ticker(#[source] std::io::Error),
    /// The bytes are not a component, or one that this engine cannot compile.
    #[error("the component cannot be compiled: {0}")]
    Compile(String),
    /// The component imports what the host does not have.
    #[error("{0}")]
    Import(String),
    /// The component does not export what a job is called through.
    #[error("the component does not export `run` of world `faena:host/job`: {0}")]
    NoJobExport(&'static str),
    /// The compiler itself failed.
    #[error("the compiler failed: {0}")]
    CompilerFailed(String),
}

impl HostError {
    /// The error of a job whose module is not to be had.
    pub fn job_error(&self) -> JobError {
        JobError::platform(ErrorCode::ComponentUnusable, self.to_string())
    }

    /// The code that those see who publish or install the component.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Engine(_) | Self::Ticker(_) | Self::CompilerFailed(_) => ErrorCode::WorkerInternal,
            Self::Compile(_) | Self::NoJobExport(_) => ErrorCode::ComponentInvalid,
            Self::Import(_) => ErrorCode::ImportUnknown,
        }
    }
}
