//! Every reason for which a calculation is refused: a stable code, the place in the payload, and what to do about it
//! in the two languages that users read.

/// A refused payload. Its code never changes its meaning; messages may be reworded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} at {path}: {}", self.code(), self.message_en())]
pub struct CalculateError {
    kind: Code,
    path: String,
    detail: String,
}

impl CalculateError {
    pub(crate) fn new(kind: Code, path: impl Into<String>, detail: impl ToString) -> Self {
        Self { kind, path: path.into(), detail: detail.to_string() }
    }

    /// What went wrong, to match on.
    pub fn kind(&self) -> Code {
        self.kind
    }

    /// The stable code, in UPPER_SNAKE.
    pub fn code(&self) -> &'static str {
        self.kind.texts().0
    }

    /// JSON pointer of the value at fault, inside the payload.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The message in English.
    pub fn message_en(&self) -> String {
        self.kind.texts().1.replace("{}", &self.detail)
    }

    /// The message in Mexican Spanish.
    pub fn message_es(&self) -> String {
        self.kind.texts().2.replace("{}", &self.detail)
    }
}

/// Declares the closed list of codes: variant, stable text, English message, Spanish message.
macro_rules! codes {
    ($($variant:ident $code:literal $en:literal $es:literal;)*) => {
        /// The closed list of error codes; its messages have a place for one detail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $(#[doc = $en] $variant,)* }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The stable text, the English message and the Spanish message.
            pub fn texts(self) -> (&'static str, &'static str, &'static str) {
                match self { $(Code::$variant => ($code, $en, $es),)* }
            }
        }
    };
}

codes! {
    InvalidJson "INVALID_JSON" "The payload is not JSON: {}." "El contenido no es JSON válido: {}.";
    MissingField "MISSING_FIELD" "The field `{}` is required here." "Falta el campo obligatorio `{}`.";
    UnknownField "UNKNOWN_FIELD" "The field `{}` is not known here; check its spelling." "El campo `{}` no se conoce aquí; revisa cómo está escrito.";
    InvalidType "INVALID_TYPE" "A value of another type was expected: {}." "Se esperaba un valor de otro tipo: {}.";
    InvalidDecimal "INVALID_DECIMAL" "`{}` is not a decimal within range (12 integer digits, 8 decimals; rates below 1000, quantities below 1000000)." "`{}` no es un decimal dentro de rango (12 enteros, 8 decimales; tasas menores a 1000, cantidades menores a 1000000).";
    InvalidTime "INVALID_TIME" "`{}` is not a date with time and offset (RFC 3339)." "`{}` no es una fecha con hora y zona (RFC 3339).";
    InvalidDate "INVALID_DATE" "`{}` is not a date (YYYY-MM-DD)." "`{}` no es una fecha (AAAA-MM-DD).";
    InvalidPeriod "INVALID_PERIOD" "`{}` does not name a period of this plan, such as 2026-05, 2026-Q2, 2026-W19 or 2026." "`{}` no nombra un periodo de este plan, como 2026-05, 2026-Q2, 2026-W19 o 2026.";
    UnknownTimezone "UNKNOWN_TIMEZONE" "`{}` is not an IANA time zone." "`{}` no es una zona horaria IANA.";
    UnknownCurrency "UNKNOWN_CURRENCY" "`{}` is not a known currency code." "`{}` no es una clave de moneda conocida.";
    CurrencyNotOfPlan "CURRENCY_NOT_OF_PLAN" "The plan has one currency and this event has {}." "El plan tiene una sola moneda y este evento trae {}.";
    NotSupported "NOT_SUPPORTED" "`{}` is not supported here." "`{}` no está soportado aquí.";
    PlanRulesOrVersions "PLAN_RULES_OR_VERSIONS" "A plan has either `rules` or `versions`, not both and not neither." "Un plan lleva `rules` o `versions`: ni ambos ni ninguno.";
    PlanWithoutRules "PLAN_WITHOUT_RULES" "The list of {} is empty." "La lista de {} está vacía.";
    VersionRangeInverted "VERSION_RANGE_INVERTED" "The version ends before it starts: {}." "La versión termina antes de empezar: {}.";
    PlanVersionsOverlap "PLAN_VERSIONS_OVERLAP" "Two versions are in force on {}." "Hay dos versiones vigentes el {}.";
    NoPlanVersion "NO_PLAN_VERSION" "No version of the plan is in force on {}." "Ninguna versión del plan está vigente el {}.";
    RulesAmbiguous "RULES_AMBIGUOUS" "Two rules apply to the same sales with the same specificity; give each a `priority` or an `id`: {}." "Dos reglas aplican a las mismas ventas con igual especificidad; dales `priority` o `id`: {}.";
    RuleCombination "RULE_COMBINATION_NOT_SUPPORTED" "These do not go together: {}." "Esta combinación no está soportada: {}.";
    TiersNotContiguous "TIERS_NOT_CONTIGUOUS" "Tiers start at 0, each starts where the one before ends, and only the last has no end: {}." "Los escalones empiezan en 0, cada uno donde termina el anterior y sólo el último queda abierto: {}.";
    AcceleratorsNotAscending "ACCELERATORS_NOT_ASCENDING" "Accelerators go from the lowest attainment to the highest, each once: {}." "Los aceleradores van del menor al mayor cumplimiento, sin repetir: {}.";
    QuotaRequired "QUOTA_REQUIRED" "The plan needs a `quota` for its {}." "El plan necesita `quota` para su {}.";
    QuotaNotPositive "QUOTA_NOT_POSITIVE" "A quota is greater than zero, not {}." "Una cuota debe ser mayor que cero, no {}.";
    QuotaMissingForMember "QUOTA_MISSING_FOR_MEMBER" "The plan has no quota for `{}`." "El plan no tiene cuota para `{}`.";
    SplitSharesNotOne "SPLIT_SHARES_NOT_ONE" "The shares of a split add up to exactly 1, not {}." "Las partes de un reparto suman exactamente 1, no {}.";
    SplitMemberRepeated "SPLIT_MEMBER_REPEATED" "`{}` is in the split twice." "`{}` aparece dos veces en el reparto.";
    ItemsNotEventAmount "ITEMS_NOT_EVENT_AMOUNT" "The items add up to {}, which is neither the amount nor the subtotal nor the base." "Las partidas suman {}, que no es el importe, ni el subtotal, ni la base.";
    EventIdConflict "EVENT_ID_CONFLICT" "Two different events have the id `{}`." "Dos eventos distintos tienen el id `{}`.";
    WebhookIdConflict "WEBHOOK_ID_CONFLICT" "Two different events came with the webhook id `{}`." "Dos eventos distintos llegaron con el webhook `{}`.";
    RefundOfUnknownEvent "REFUND_OF_UNKNOWN_EVENT" "There is no payment or invoice `{}` to give back." "No existe el pago o factura `{}` que se devuelve.";
    ApprovalOfUnknownEvent "APPROVAL_OF_UNKNOWN_EVENT" "There is no event `{}` to approve." "No existe el evento `{}` que se aprueba.";
    CorrectionOfUnknownEvent "CORRECTION_OF_UNKNOWN_EVENT" "There is no payment `{}` to correct or assign." "No existe el pago `{}` que se corrige o asigna.";
    RefundExceedsPayment "REFUND_EXCEEDS_PAYMENT" "More is given back than `{}` was paid." "Se devuelve más de lo que se pagó en `{}`.";
    EarnedNeedsDirectRule "EARNED_NEEDS_DIRECT_RULE" "Events with `earned` need a plan whose only rule is `direct`." "Los eventos con `earned` requieren un plan cuya única regla sea `direct`.";
    DirectRuleNeedsEarned "DIRECT_RULE_NEEDS_EARNED" "A plan with a `direct` rule takes only events with `period` and `earned`." "Un plan con regla `direct` sólo acepta eventos con `period` y `earned`.";
}
