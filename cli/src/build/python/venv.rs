//! The virtual environment that has componentize-py: one for all projects.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build::Task;
use crate::errors::CliError;

/// Another version makes other components.
const VERSION: &str = "0.25.1";
/// How to come by a Python that does.
pub const INSTALL: &str = "install Python 3.10 or newer with venv and pip: sudo apt-get install -y python3 python3-venv; \
    if it has another name, set PYTHON to it";

/// A virtual environment.
pub struct Venv(PathBuf);

impl Venv {
    /// The one with componentize-py, which is installed first where it is missing.
    pub fn ready(task: &Task) -> anyhow::Result<Self> {
        let of = |folder: &Path| Self(folder.join("venv"));
        // Its Python is a link to the system's, which may have gone.
        let is_missing = |folder: &Path| !of(folder).program("python").is_file();
        let name = format!("componentize-py-{VERSION}");
        let folder = task.installed(&name, is_missing, |folder| of(folder).install(task))?;
        Ok(of(&folder))
    }

    fn install(&self, task: &Task) -> anyhow::Result<()> {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let old = || CliError::new(format!("{python} is older than Python 3.10"), INSTALL);
        let check = "import sys; print(sys.version_info >= (3, 10))";
        let answer = task.run(Command::new(&python).args(["-c", check]), INSTALL)?;
        if answer.trim_ascii() != b"True" {
            return Err(old().into());
        }
        let no_venv = |_| CliError::new(format!("{python} cannot make a virtual environment"), INSTALL);
        let mut make = Command::new(&python);
        make.args(["-m", "venv", "--clear"]).arg(&self.0);
        task.run(&mut make, INSTALL).map_err(no_venv)?;
        let failed = |_| {
            let message = format!("componentize-py {VERSION} could not be installed");
            CliError::new(
                message,
                "see pip's output above; it must be able to reach PyPI, or the index that pip.conf names",
            )
        };
        let mut pip = self.pip();
        pip.arg(format!("componentize-py=={VERSION}"));
        task.run(&mut pip, INSTALL).map_err(failed)?;
        Ok(())
    }

    /// `pip install`.
    pub fn pip(&self) -> Command {
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        pip
    }

    /// A Python that leaves nothing beside what it imports.
    pub fn python(&self, script: &Path) -> Command {
        let mut python = Command::new(self.program("python"));
        python.args(["-B", "-s"]).arg(script);
        python
    }

    /// The tool.
    pub fn componentize_py(&self) -> Command {
        Command::new(self.program("componentize-py"))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}
