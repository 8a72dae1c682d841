//! Reading and validating the bytes of a component, with limits.

use wasmparser::component_types::{ComponentEntityType, ComponentItem};
use wasmparser::types::Types;
use wasmparser::{
    BinaryReaderError, ComponentExportSectionReader, ComponentImportSectionReader, ComponentTypeRef, Encoding,
    FuncValidatorAllocations, Parser, Payload, TypeBounds, ValidPayload, Validator, WasmFeatures,
};

use super::error::ComponentError;
use super::{ComponentInfo, Import};
use crate::limits;

/// Name of the function that runs a job.
const RUN: &str = "run";

/// What modules may use of WebAssembly: version 2, and what compilers take for granted beside it. Nothing here lets two
/// runs of one module differ (no threads, no relaxed SIMD).
const FEATURES: WasmFeatures =
    WasmFeatures::WASM2.union(WasmFeatures::LIME1).union(WasmFeatures::TAIL_CALL).union(WasmFeatures::COMPONENT_MODEL);

/// Validates a component and lists what it imports and exports.
///
/// # Errors
/// When it is no valid component, exceeds a limit, imports from WASI or does not export a job.
pub fn inspect(bytes: &[u8]) -> Result<ComponentInfo, ComponentError> {
    check_kind(bytes)?;
    let mut scan = Scan::default();
    let types = scan.validate(bytes)?;
    if let Some(wasi) = scan.imports.iter().find(|name| name.starts_with("wasi:")) {
        return Err(ComponentError::Wasi(wasi.clone()));
    }
    let imports = scan.imports.iter().map(|name| describe(name, &types)).collect();
    let runs = item(types.as_ref().component_item_for_export(RUN)).is_some_and(is_function);
    if !runs {
        return Err(ComponentError::NoRun);
    }
    Ok(ComponentInfo { imports, exports: scan.exports, functions: scan.functions })
}

fn check_kind(bytes: &[u8]) -> Result<(), ComponentError> {
    if bytes.len() > limits::COMPONENT_BYTES {
        return Err(ComponentError::TooLarge { found: bytes.len(), limit: limits::COMPONENT_BYTES });
    }
    match bytes.strip_prefix(b"\0asm").and_then(|rest| rest.first_chunk::<4>()) {
        None => Err(ComponentError::NotWasm),
        Some([1, 0, 0, 0]) => Err(ComponentError::CoreModule),
        Some(_) => Ok(()),
    }
}

/// What is gathered on the way through a component.
#[derive(Default)]
struct Scan {
    /// How many modules and components are open around the current place.
    depth: usize,
    functions: u32,
    imports: Vec<String>,
    exports: Vec<String>,
}

impl Scan {
    fn validate(&mut self, bytes: &[u8]) -> Result<Types, ComponentError> {
        let mut validator = Validator::new_with_features(FEATURES);
        let mut allocations = FuncValidatorAllocations::default();
        let mut types = None;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match validator.payload(&payload)? {
                ValidPayload::Func(function, body) => {
                    let mut function = function.into_validator(std::mem::take(&mut allocations));
                    function.validate(&body)?;
                    allocations = function.into_allocations();
                }
                ValidPayload::End(end) => types = Some(end),
                ValidPayload::Ok | ValidPayload::Parser(_) => {}
            }
            self.note(payload)?;
        }
        types.ok_or(ComponentError::NotWasm)
    }

    fn note(&mut self, payload: Payload<'_>) -> Result<(), ComponentError> {
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } if self.depth == 0 => Err(ComponentError::CoreModule),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => self.enter(),
            Payload::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Payload::FunctionSection(section) => self.add_functions(section.count()),
            Payload::ComponentImportSection(section) if self.depth == 0 => Ok(self.add_imports(section)?),
            Payload::ComponentExportSection(section) if self.depth == 0 => Ok(self.add_exports(section)?),
            _ => Ok(()),
        }
    }

    fn enter(&mut self) -> Result<(), ComponentError> {
        self.depth += 1;
        if self.depth > limits::NESTING {
            return Err(ComponentError::TooDeep { limit: limits::NESTING });
        }
        Ok(())
    }

    fn add_functions(&mut self, count: u32) -> Result<(), ComponentError> {
        self.functions = self.functions.saturating_add(count);
        if self.functions > limits::FUNCTIONS {
            return Err(ComponentError::TooManyFunctions { limit: limits::FUNCTIONS });
        }
        Ok(())
    }

    fn add_imports(&mut self, section: ComponentImportSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for import in section {
            let import = import?;
            // A name for a type of an interface that is imported itself asks nothing more of the host. A world that
            // says `use types.{context}` has one.
            if !matches!(import.ty, ComponentTypeRef::Type(TypeBounds::Eq(_))) {
                self.imports.push(import.name.name.to_owned());
            }
        }
        Ok(())
    }

    fn add_exports(&mut self, section: ComponentExportSectionReader<'_>) -> Result<(), BinaryReaderError> {
        for export in section {
            self.exports.push(export?.name.name.to_owned());
        }
        Ok(())
    }
}

/// Takes `package/interface@version` apart. A name of another form has an empty interface, which no host offers.
fn describe(name: &str, types: &Types) -> Import {
    let (path, version) = name.split_once('@').map_or((name, None), |(path, version)| (path, Some(version)));
    let (package, interface) = path.split_once('/').unwrap_or((path, ""));
    Import {
        name: name.to_owned(),
        package: package.to_owned(),
        interface: interface.to_owned(),
        version: version.and_then(|version| version.parse().ok()),
        functions: functions(name, types),
    }
}

fn functions(name: &str, types: &Types) -> Vec<String> {
    let Some(ComponentEntityType::Instance(id)) = item(types.as_ref().component_item_for_import(name)) else {
        return Vec::new();
    };
    let exports = types.as_ref().get(id).map(|instance| &instance.exports).into_iter().flatten();
    exports.filter(|(_, found)| is_function(found.ty)).map(|(function, _)| function.clone()).collect()
}

fn item(found: Option<&ComponentItem>) -> Option<ComponentEntityType> {
    found.map(|found| found.ty)
}

fn is_function(entity: ComponentEntityType) -> bool {
    matches!(entity, ComponentEntityType::Func(_))
}

impl From<BinaryReaderError> for ComponentError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { message: error.message().chars().take(300).collect(), offset: error.offset() }
    }
}
