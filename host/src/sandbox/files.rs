//! Landlock: which files and which TCP ports the process can reach.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope,
};

use super::places::{Places, Use};
use super::reach::Reach;

/// The newest Landlock whose rights we hand out. A kernel that has more doesn't hold those.
const KNOWN: ABI = ABI::V6;

/// Restricts this thread and those that it starts. What is up, and what is missing.
pub(super) fn restrict(places: &Places, ports: (&Reach, &Reach)) -> Vec<Result<String, String>> {
    match attempt(places, ports) {
        Ok(RulesetStatus::FullyEnforced) => vec![Ok("files and TCP ports, by Landlock".into())],
        Ok(RulesetStatus::PartiallyEnforced) => {
            vec![
            Ok("files, by Landlock".into()),
            Err("this kernel's Landlock can't hold TCP ports, devices or other processes' sockets \
                 (Linux 6.12 can)"
                .into()),
        ]
        }
        Ok(RulesetStatus::NotEnforced) => vec![Err("this kernel has no Landlock".into())],
        Err(error) => vec![Err(format!("no Landlock: {error}"))],
    }
}

fn attempt(
    places: &Places,
    (dial, listen): (&Reach, &Reach),
) -> Result<RulesetStatus, RulesetError> {
    // Before version 2 it forbids every rename from folder to folder.
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V2))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?;
    if *dial != Reach::Any {
        rules = rules.handle_access(AccessNet::ConnectTcp)?;
    }
    if *listen != Reach::Any {
        rules = rules.handle_access(AccessNet::BindTcp)?;
    }
    let mut rules = rules.create()?;
    for (reach, access) in [(dial, AccessNet::ConnectTcp), (listen, AccessNet::BindTcp)] {
        if let Reach::Ports(ports) = reach {
            let allowed = ports.iter().map(|port| NetPort::new(*port, access));
            rules = rules.add_rules(allowed.map(Ok::<_, RulesetError>))?;
        }
    }
    Ok(beneath(rules, places)?.restrict_self()?.ruleset)
}

/// What isn't there needs no rule: opening it fails anyway. Nor does what has no path, such as the
/// pipe behind `/dev/stdin`: Landlock has no rules for it, and lets it be opened.
fn beneath(rules: RulesetCreated, places: &Places) -> Result<RulesetCreated, RulesetError> {
    places.0.iter().try_fold(rules, |rules, (path, use_)| {
        let Ok(handle) = PathFd::new(path) else { return Ok(rules) };
        if std::fs::metadata(path).is_ok_and(|meta| meta.is_dir()) {
            return rules.add_rule(PathBeneath::new(handle, of_folder(*use_)));
        }
        let Ok(without) = rules.try_clone() else { return Ok(rules) };
        Ok(rules.add_rule(PathBeneath::new(handle, of_file(*use_))).unwrap_or(without))
    })
}

fn of_folder(use_: Use) -> BitFlags<AccessFs> {
    match use_ {
        Use::Read => AccessFs::ReadFile | AccessFs::ReadDir,
        Use::All => {
            let never =
                AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
            AccessFs::from_all(KNOWN) & !never
        }
        Use::Make => {
            AccessFs::MakeReg
                | AccessFs::WriteFile
                | AccessFs::RemoveFile
                | AccessFs::Refer
                | AccessFs::Truncate
        }
    }
}

fn of_file(use_: Use) -> BitFlags<AccessFs> {
    match use_ {
        Use::Read => AccessFs::ReadFile.into(),
        _ => AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev,
    }
}
