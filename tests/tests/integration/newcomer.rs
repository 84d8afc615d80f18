//! The first hour, in every language: a new project, its tests, a build, a run, a bug, its trace, a fix that a replay
//! proves, and the tests again.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::projects::{alone, built, done, has, new_project, tool, tools_of};
use crate::shop::ask;
use crate::support::Project;

/// A bug that a newcomer may write: it ends the request before the note is stored, or before it is answered.
struct Bug {
    language: &'static str,
    /// What a replay says when it is mended. Where the bug prevented a call, nobody recorded an answer of that.
    mended: &'static str,
    file: &'static str,
    /// The line before which it is written.
    before: &'static str,
    lines: &'static str,
}

const RUST: Bug = Bug {
    language: "rust",
    mended: "progressed",
    file: "src/lib.rs",
    before: "    let sql = \"INSERT INTO notes (id, text) VALUES ($1, $2)\";\n",
    lines: "    assert!(!note.text.ends_with('!'), \"too loud\");\n",
};

const GO: Bug = Bug {
    language: "go",
    mended: "progressed",
    file: "main.go",
    before: "\t_, err = execute(\"INSERT INTO notes (id, text) VALUES ($1, $2)\", created.ID, created.Text)\n",
    lines: "\tif text := created.Text; text[len(text)-1] == '!' {\n\t\tpanic(\"too loud\")\n\t}\n",
};

const PYTHON: Bug = Bug {
    language: "python",
    mended: "fixed",
    file: "app.py",
    before: "    return flux.Response.json(201, note)\n",
    lines: "    if note.text.endswith(\"!\"):\n        raise ValueError(\"too loud\")\n",
};

const TYPESCRIPT: Bug = Bug {
    language: "typescript",
    mended: "fixed",
    file: "src/index.ts",
    before: "  return Response.json({ id, text }, { status: 201 });\n",
    lines: "  if (text.endsWith(\"!\")) throw new Error(\"too loud\");\n",
};

const ASSEMBLYSCRIPT: Bug = Bug {
    language: "assemblyscript",
    mended: "progressed",
    file: "assembly/index.ts",
    before: "  const insert = \"INSERT INTO notes (id, text) VALUES ($1, $2)\";\n",
    lines: "  assert(!note.text.endsWith(\"!\"), \"too loud\");\n",
};

#[test]
fn rust() {
    first_hour(&RUST);
}

#[test]
fn go() {
    first_hour(&GO);
}

#[test]
fn python() {
    first_hour(&PYTHON);
}

#[test]
fn typescript() {
    first_hour(&TYPESCRIPT);
}

#[test]
fn assemblyscript() {
    first_hour(&ASSEMBLYSCRIPT);
}

fn first_hour(bug: &Bug) {
    if !has(tools_of(bug.language)) {
        return;
    }
    let _alone = alone(bug.language);
    let (project, new) = new_project(bug.language, "crud");
    let test = || {
        let line = new["next"][0].as_str().expect("the command that tests");
        done(tool("sh", &project).args(["-c", line]));
    };
    test();
    let right = bug.write(&project);
    built(&project, &[]);
    let loud = fails(&project);
    let trace = project.flux(&["trace", &loud]).stdout;
    assert!(trace.contains("too loud") && trace.contains(bug.file), "{trace}");
    std::fs::write(bug.path(&project), right).expect("the bug is mended");
    built(&project, &[]);
    proves(&project, &loud, bug.mended);
    test();
}

impl Bug {
    fn path(&self, project: &Project) -> PathBuf {
        project.path().join(self.file)
    }

    /// The source as it was.
    fn write(&self, project: &Project) -> String {
        let right = std::fs::read_to_string(self.path(project)).expect("the source");
        assert_eq!(right.matches(self.before).count(), 1, "{}", self.file);
        let wrong = right.replace(self.before, &format!("{}{}", self.lines, self.before));
        std::fs::write(self.path(project), wrong).expect("it is written");
        right
    }
}

/// Runs the bug; the execution that it ended.
fn fails(project: &Project) -> String {
    let server = project.serve(&[]);
    assert_eq!(ask(&server, "POST", "/notes", "{\"text\": \"buy milk\"}").status, 201);
    let loud = ask(&server, "POST", "/notes", "{\"text\": \"buy milk!\"}");
    assert_eq!(loud.status, 500, "{loud:?}");
    assert_eq!(server.stop().status, 0);
    loud.execution.expect("an id")
}

/// The mended build does what the other did, and its failure is gone.
fn proves(project: &Project, loud: &str, mended: &str) {
    let against = project.path().join(".flux/build/greeter.wasm");
    let (status, report) =
        project.flux_json(&["replay", "--last", "20", "--against", &against.display().to_string()]);
    let executions = report["executions"].as_array().expect("a report has executions");
    let of = |is_loud: bool| -> Vec<&Value> {
        executions.iter().filter(|it| (it["id"] == loud) == is_loud).map(|it| &it["verdict"]).collect()
    };
    assert_eq!(
        (status, of(true), of(false)),
        (0, vec![&json!(mended)], vec![&json!("identical")]),
        "{report:#}"
    );
}
