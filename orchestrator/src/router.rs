//! Every endpoint, in one list.

use axum::Router;
use axum::routing::get;
use faena_contract::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::SharedApp;
use crate::error::ApiError;
use crate::routes::{
    audit, auth, health, job_control, job_reads, jobs, members, modules, organizations, platform_modules, tokens,
};
use crate::{pages, trace};

#[derive(OpenApi)]
#[openapi(
    info(title = "Faena", description = "Jobs done by sandboxed WebAssembly modules.", license(name = "Apache-2.0")),
    security(("bearer" = [])),
)]
struct Description;

fn api() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(auth::login))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::me))
        .routes(routes!(organizations::list, organizations::create))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::remove))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(platform_modules::list, platform_modules::publish))
        .routes(routes!(platform_modules::show))
        .routes(routes!(platform_modules::enable))
        .routes(routes!(platform_modules::disable))
        .routes(routes!(modules::list))
        .routes(routes!(modules::activate))
        .routes(routes!(jobs::submit, job_reads::list))
        .routes(routes!(jobs::submit_batch))
        .routes(routes!(job_reads::show))
        .routes(routes!(job_reads::attempts))
        .routes(routes!(job_reads::logs))
        .routes(routes!(job_control::cancel))
        .routes(routes!(job_control::retry))
}

fn parts() -> (Router<SharedApp>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", api())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT or fae_... API token").build();
    let components = description.components.get_or_insert_with(Default::default);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    (router, description)
}

/// The description of the API, made from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    parts().1
}

pub(crate) fn router(app: SharedApp) -> Router {
    let (router, description) = parts();
    let description = serde_json::json!(description).to_string();
    let serve_description = move || async move { ([("content-type", "application/json")], description) };
    router
        .route("/api/v1/openapi.json", get(serve_description))
        .route("/metrics", get(health::metrics))
        .route("/errors/{code}", get(pages::error_page))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(no_route)
        .layer(CatchPanicLayer::custom(trace::panicked))
        .layer(axum::middleware::from_fn(trace::traced))
        .with_state(app)
}

async fn no_route() -> ApiError {
    ApiError::new(
        ErrorCode::NoSuchRoute,
        "There is no such endpoint. GET /api/v1/openapi.json lists those that there are.",
    )
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(
        ErrorCode::MethodNotAllowed,
        "The endpoint does not take this method. GET /api/v1/openapi.json lists those that it does.",
    )
}
