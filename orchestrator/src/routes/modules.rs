//! `/modules`: what an organization can use and has switched on.

use axum::extract::State;
use faena_contract::ErrorCode;
use faena_contract::api::{Activation, Page, Problem, SetActivation};
use faena_contract::permission::{ACTIVATIONS_WRITE, MODULES_READ};
use faena_store::modules::{activations, set_activation};

use crate::app::SharedApp;
use crate::auth::Session;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Json, Path};
use crate::modules::{activation, changed, not_found};

/// The modules that the organization can use, by name.
#[utoipa::path(get, path = "/modules", tag = "modules",
    responses((status = 200, body = Page<Activation>), (status = "4XX", body = Problem)))]
pub(crate) async fn list(State(app): State<SharedApp>, session: Session) -> ApiResult<axum::Json<Page<Activation>>> {
    let caller = session.require(MODULES_READ)?;
    let rows = activations(&app.api, &caller).await?;
    Ok(axum::Json(Page { items: rows.into_iter().map(activation).collect(), next_cursor: None }))
}

/// Switch a module on or off for the organization.
#[utoipa::path(put, path = "/modules/{name}/activation", tag = "modules", params(("name" = String, Path)),
    request_body = SetActivation, responses((status = 200, body = Activation), (status = "4XX", body = Problem)))]
pub(crate) async fn activate(
    State(app): State<SharedApp>,
    session: Session,
    Path(name): Path<String>,
    Json(body): Json<SetActivation>,
) -> ApiResult<axum::Json<Activation>> {
    let caller = session.require(ACTIVATIONS_WRITE)?;
    if body.settings.is_some_and(|settings| settings != serde_json::json!({})) {
        let message = "Modules have no settings in this version of Faena; leave `settings` out.";
        return Err(ApiError::at(ErrorCode::FieldNotSupported, "/settings", message));
    }
    if !set_activation(&app.api, &caller, &name, body.active).await? {
        return Err(not_found(&name));
    }
    changed(&app).await;
    let rows = activations(&app.api, &caller).await?;
    let row = rows.into_iter().find(|row| row.name == name).ok_or_else(|| not_found(&name))?;
    Ok(axum::Json(activation(row)))
}
