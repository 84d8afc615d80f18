//! A project that is to be made: what its files say.

use std::path::{Path, PathBuf};

use flux_runtime::config::EngineKind;

use super::kit::{File, Kit};
use super::template::Template;
use crate::build::Language;

/// See the [module](self).
#[derive(Debug)]
pub struct NewProject {
    pub name: String,
    pub language: Language,
    pub template: Template,
    pub engine: EngineKind,
    pub kit: Kit,
}

/// What people do next with a project, each a line for the shell.
#[derive(Debug)]
pub struct Next {
    pub test: String,
    pub replay: String,
    pub serve: &'static str,
    pub try_it: &'static str,
}

impl NewProject {
    /// Its files, below its folder.
    pub fn files(&self) -> Vec<File> {
        self.kit.files(self.template)
    }

    /// A file as it is written. A recording is written as it is: no text is in it that could be filled in.
    pub fn fill(&self, file: &File) -> Vec<u8> {
        match std::str::from_utf8(file.bytes) {
            Ok(text) if !is_recording(file.path) => self.fill_text(text).into_bytes(),
            _ => file.bytes.to_vec(),
        }
    }

    /// What to do next.
    pub fn next(&self) -> Next {
        Next {
            test: self.fill_text(self.kit.test),
            replay: format!("flux build && flux replay fixtures --against {}", self.built().display()),
            serve: self.template.serve(),
            try_it: self.template.try_it(),
        }
    }

    fn fill_text(&self, text: &str) -> String {
        let engine = match self.engine {
            EngineKind::Wasm => "",
            EngineKind::V8 => "\nengine = \"v8\"",
        };
        // The test command names the SDK itself, so that comes last.
        text.replace("{{name}}", &self.name)
            .replace("{{language}}", &self.language.to_string())
            .replace("{{template}}", self.template.name())
            .replace("{{engine}}", engine)
            .replace("{{about}}", self.template.about())
            .replace("{{test}}", self.kit.test)
            .replace("{{run}}", self.template.serve())
            .replace("{{try}}", self.template.try_it())
            .replace("{{built}}", &self.built().display().to_string())
            .replace("{{sdk}}", &self.kit.sdk)
    }

    /// Where `flux build` puts the guest.
    fn built(&self) -> PathBuf {
        PathBuf::from(format!(".flux/build/{}.{}", self.name, self.engine.extension()))
    }
}

fn is_recording(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "fluj")
}
