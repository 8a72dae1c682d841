//! From the exported function `run` to the function of the job.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Context, JobError, bindings, panics};

/// Names the jobs of a module, and exports them. Each name is followed by something that can be called with the context
/// and the payload as JSON text; [`typed`] makes such a thing from a function over types of serde.
///
/// The macro makes one public type, `Jobs`, whose [`Module::run`] is also what native tests call.
#[macro_export]
macro_rules! export_jobs {
    ($($name:literal => $handler:expr),+ $(,)?) => {
        /// The jobs of this module.
        #[allow(unreachable_pub, reason = "the macro may stand in a private file")]
        pub struct Jobs;

        impl $crate::Module for Jobs {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn run(job: &str, context: &$crate::Context, payload: &str) -> ::std::result::Result<String, $crate::JobError> {
                match job {
                    $($name => ($handler)(context, payload),)+
                    unknown => Err($crate::JobError::fail(
                        "JOB_UNKNOWN",
                        format!("there is no job `{unknown}`; there is {}", Self::NAMES.join(", ")),
                    )),
                }
            }
        }

        // A native build has no host to export to.
        #[cfg(target_family = "wasm")]
        $crate::bindings::__export_job!(Jobs with_types_in $crate::bindings);
    };
}

/// A module: its jobs by name. Made by [`export_jobs!`].
pub trait Module {
    /// The names of the jobs.
    const NAMES: &'static [&'static str];

    /// Runs the job named `job`; payload and result are JSON text.
    fn run(job: &str, context: &Context, payload: &str) -> Result<String, JobError>;
}

/// A job from a function over types of serde instead of JSON text.
pub fn typed<In, Out, F>(function: F) -> impl Fn(&Context, &str) -> Result<String, JobError>
where
    In: DeserializeOwned,
    Out: Serialize,
    F: Fn(&Context, In) -> Result<Out, JobError>,
{
    move |context, payload| {
        let payload = serde_json::from_str(payload)
            .map_err(|error| JobError::fail("PAYLOAD_INVALID", format!("the payload does not fit the job: {error}")))?;
        let result = function(context, payload)?;
        serde_json::to_string(&result)
            .map_err(|error| JobError::fail("RESULT_INVALID", format!("the result cannot be written as JSON: {error}")))
    }
}

impl<M: Module> bindings::Guest for M {
    fn run(job: String, payload: String, context: bindings::Context) -> Result<String, bindings::JobError> {
        panics::report_to_host();
        <M as Module>::run(&job, &context.into(), &payload).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod module {
        use super::*;

        fn double(_: &Context, number: i64) -> Result<i64, JobError> {
            Ok(number * 2)
        }

        crate::export_jobs! {
            "double" => typed(double),
            "echo" => |_: &Context, payload: &str| Ok(payload.to_owned()),
        }
    }

    #[test]
    fn jobs_are_found_by_name_and_answer_in_json() {
        let run = |job, payload| <module::Jobs as Module>::run(job, &Context::for_test(), payload);

        assert_eq!(run("double", "21"), Ok("42".to_owned()));
        assert_eq!(run("echo", "[1]"), Ok("[1]".to_owned()));
        assert_eq!(run("double", "true").unwrap_err().failure().code, "PAYLOAD_INVALID");
        assert_eq!(
            run("halve", "1").unwrap_err().to_string(),
            "JOB_UNKNOWN: there is no job `halve`; there is double, echo"
        );
    }
}
