"""Settings of a project and of the environment, on the command line."""

from __future__ import annotations

from tests.cli.support import Shell

GATED = "name: gated\nagents: {w: {prompt: Write.}}\nsteps: [{w: One.}, {approve: Good?}]"


def test_a_project_says_model_policy_and_folders(shell: Shell) -> None:
    shell.write("pyproject.toml", '[tool.strands_nb]\nmodel = "scripted"\non_hitl = "park"\nstorage_dir = "kept"\n')
    file = shell.write("gated.yaml", GATED)
    assert shell.run("run", file).code == 19
    (session,) = (shell.folder / "kept").glob("wf-*")
    assert session.name in shell.run("sessions", "list").out
    assert shell.run("resume", session.name, "--approve").code == 0


def test_an_option_and_the_environment_go_before_the_project(shell: Shell) -> None:
    shell.write("pyproject.toml", '[tool.strands_nb]\nmodel = "scripted"\non_hitl = "fail"\n')
    file = shell.write("gated.yaml", GATED)
    assert shell.run("run", file).code == 10
    assert shell.run("run", file, STRANDS_NB_ON_HITL="approve").code == 0
    assert shell.run("run", file, "--on-hitl", "park", STRANDS_NB_ON_HITL="approve").code == 19


def test_a_mistake_in_a_project_is_said_before_anything_runs(shell: Shell) -> None:
    shell.write("pyproject.toml", "[tool.strands_nb]\nmax_cots = 1.0\n")
    done = shell.run("run", shell.write("gated.yaml", GATED), "--model", "scripted")
    assert done.code == 2
    assert "there is no key 'max_cots'; did you mean 'max_cost'?" in done.err
    assert not list(shell.folder.glob("home/sessions/wf-*"))
