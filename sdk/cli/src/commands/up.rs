//! `faena up`: a whole Faena on this machine, until Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use faena_telemetry::{LogFormat, TelemetryConfig};
use tokio_util::sync::CancellationToken;
use toml::{Table, Value};

use super::Context;
use super::process::on_signal;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{self, Table as Shown, remark, say};
use crate::session::{DEFAULT_DATA_DIR, DEFAULT_URL};
use crate::up::{self, FirstAdministrator, Plan, Running};

/// Start a whole Faena here, with PostgreSQL and Redis of its own, until Ctrl-C
///
/// With DATABASE_URL or REDIS_URL those servers are used instead.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder that everything is kept in
    #[arg(long, value_name = "DIR", env = "FAENA_DATA_DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
    /// Address and port of the API; port 0 picks a free one [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Do not install the modules that come with Faena
    #[arg(long)]
    no_modules: bool,
    /// Worker processes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// Jobs that each worker runs at the same time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    slots: Option<u32>,
    /// E-mail address of the first administrator
    #[arg(long, value_name = "EMAIL", default_value = "admin@faena.local")]
    admin_email: String,
    /// File with settings (TOML)
    #[arg(long, value_name = "FILE", env = "FAENA_CONFIG")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let plan = plan(args)?;
    let _guard = faena_telemetry::init(&own_log(&plan.settings))?;
    let stop = CancellationToken::new();
    on_signal(stop.clone())?;
    remark("Starting Faena ...");
    let Some(running) = stop.run_until_cancelled(up::start(&plan)).await.transpose()? else {
        remark("Stopped.");
        return Ok(());
    };
    context.output.value(&summary(&running), |_| show(&running))?;
    FirstAdministrator::was_shown(&running.data_dir)?;
    stop.cancelled().await;
    remark("Stopping ...");
    running.stop().await;
    remark("Stopped.");
    Ok(())
}

fn plan(args: Args) -> Result<Plan> {
    let mut flags = Table::new();
    if let Some(slots) = args.slots {
        flags.insert("slots".to_owned(), Value::Integer(slots.into()));
    }
    if let Some(listen) = args.listen {
        flags.insert("listen".to_owned(), Value::String(listen.to_string()));
    }
    let settings = Settings::load(args.config.as_deref(), flags)?;
    if let Some(key) = settings.made_by_up() {
        let detail = format!("`{key}` is not for `faena up`, which makes its own; leave it out.");
        return Err(Failure::invalid(detail).into());
    }
    let usual = DEFAULT_URL.trim_start_matches("http://").parse()?;
    Ok(Plan {
        data_dir: args.data_dir,
        listen: settings.listen.unwrap_or(usual),
        workers: args.workers.into(),
        modules: !args.no_modules,
        admin_email: args.admin_email,
        settings,
    })
}

/// This process says only what needs attention; the others have log files.
pub(crate) fn own_log(settings: &Settings) -> TelemetryConfig {
    let filter = settings.log.clone().unwrap_or_else(|| "warn".to_owned());
    TelemetryConfig { service: "up", format: LogFormat::Text, filter }
}

fn summary(running: &Running) -> serde_json::Value {
    serde_json::json!({
        "url": running.file.url,
        "organization": running.file.organization,
        "data_dir": running.data_dir,
        "client_file": running.data_dir.join("client.json"),
        "admin_email": running.administrator.email,
        "admin_password": running.administrator.password,
        "warnings": running.warnings,
    })
}

fn show(running: &Running) {
    let dir = running.data_dir.display();
    let administrator = &running.administrator;
    let mut facts = Shown::facts();
    facts.fact("API", format!("{}/api/v1", running.file.url));
    facts.fact("Data", dir.to_string());
    facts.fact("Logs", format!("{dir}/logs"));
    facts.fact("Scripts", format!("{dir}/client.json has the address and a token"));
    facts.fact("Log in as", administrator.email.clone());
    facts.fact(
        "Password",
        administrator.password.as_ref().map_or_else(
            || "was shown at the first start".to_owned(),
            |password| format!("{password}   (shown only this once: keep it now)"),
        ),
    );
    say("Faena is ready.\n");
    output::show(&facts);
    for warning in &running.warnings {
        remark(&format!("warning: {warning}"));
    }
    say("\nTry `faena module list` in another terminal. Ctrl-C stops everything.");
}
