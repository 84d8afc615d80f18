//! What Flux writes is for its owner only, under any umask.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::shop::{Shop, files, place, set_price};
use crate::support::{Project, Said, root};

/// The command under a umask that hides nothing.
fn open_to_all(project: &Project, args: &[&str]) -> Said {
    let flux = project.command(args);
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(flux.get_program()).args(flux.get_args());
    for (name, value) in flux.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.stdin(Stdio::null()).output().expect("sh runs").into()
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).expect("it is there").mode() & 0o777
}

/// Every file and folder below, that others may do something with.
fn open_below(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut paths = vec![folder.clone()];
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let kind = entry.file_type().expect("a kind");
            match kind.is_dir() {
                true => folders.push(entry.path()),
                false if !kind.is_symlink() => paths.push(entry.path()),
                false => {}
            }
        }
        let others = paths.iter().filter(|path| mode(path) & 0o077 != 0);
        open.extend(others.map(|path| format!("{:o} {}", mode(path), path.display())));
    }
    open
}

fn chmod_all(folder: &Path, folders: u32, plain: u32) {
    for path in files(folder).keys() {
        std::fs::set_permissions(path, PermissionsExt::from_mode(plain)).expect("chmod");
        for above in path.ancestors().skip(1).take_while(|above| above.starts_with(folder)) {
            std::fs::set_permissions(above, PermissionsExt::from_mode(folders)).expect("chmod");
        }
    }
}

#[test]
fn all_that_a_build_a_run_and_an_export_leave_is_private() {
    let shop = Shop::new();
    let project = &shop.project;
    let server = shop.serve();
    set_price(&server);
    place(&server, 1, "ann@example.org", 201);
    assert_eq!(open_below(&project.path().join(".flux")), [""; 0], "while it runs");
    server.stop();
    let junit = project.path().join("report.xml");
    let exports = project.path().join("exports");
    for args in [
        &["records", "export", "--to", exports.to_str().expect("a path")][..],
        &["replay", "--last", "5", "--junit", junit.to_str().expect("a path")],
        &["keys", "rotate"],
        &["queue", "list"],
        &["tail"],
    ] {
        let said = open_to_all(project, args);
        assert_eq!(said.status, 0, "{args:?}: {said:?}");
    }
    assert_eq!(open_below(&project.path().join(".flux")), [""; 0]);
    assert_eq!(open_below(&exports), [""; 0]);
    assert_eq!(mode(&junit), 0o600);

    // What an older Flux left is tightened, and an export that is written again.
    chmod_all(&project.path().join(".flux"), 0o755, 0o644);
    chmod_all(&exports, 0o755, 0o644);
    shop.serve().stop();
    assert_eq!(open_below(&project.path().join(".flux")), [""; 0]);
    let said = open_to_all(project, &["records", "export", "--to", exports.to_str().expect("a path")]);
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        files(&exports).keys().all(|path| mode(path) == 0o600),
        "the folder is the user's, the files are not"
    );
}

#[test]
fn a_build_leaves_private_files_and_a_component_that_was_asked_for() {
    let source = root().join("guests/hello_rust").display().to_string();
    let project = Project::new(&format!(
        "[app]\nname = \"test\"\ndata = \"elsewhere/data\"\n[guests.g]\nsource = {source:?}\n"
    ));
    let said = open_to_all(&project, &["build"]);
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(open_below(&project.path().join("elsewhere")), [""; 0]);
    assert_eq!(open_below(&root().join("guests/hello_rust/.flux")), [""; 0]);
    let out = project.path().join("dist/g.wasm");
    let said = open_to_all(&project, &["build", "-o", out.to_str().expect("a path")]);
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!((mode(&out), mode(out.parent().expect("a folder"))), (0o666, 0o777), "as the umask says");
}

#[test]
fn a_data_folder_of_another_user_is_refused_with_a_hint() {
    let project = Project::new("[app]\nname = \"test\"\n");
    let data = project.path().join(".flux");
    std::fs::create_dir(&data).expect("a folder");
    // Only root can give a folder away.
    if std::os::unix::fs::chown(&data, Some(4242), None).is_err() {
        return;
    }
    let said = project.flux(&["run", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.stderr.contains("belongs to the user with id 4242"), "{said:?}");
    assert!(said.stderr.contains("hint: ") && said.stderr.contains("[app] data"), "{said:?}");
}
