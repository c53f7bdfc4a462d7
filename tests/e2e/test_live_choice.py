"""What a promotion, a switch or a rollback made live stays live, over reloads and restarts, until the file says otherwise."""

import shutil
import signal

import pytest

from fake_model import FAKE, fake_version
from huidu_server import Server, model, wait_until
from rollouts import X, audit_of, huidu, phase, serving, start, versions, Users  # noqa: F401


@pytest.fixture
def folders(tmp_path):
    """folders[1] is add_v1 and so on."""
    return [fake_version(tmp_path / f"models/add_v{number}") for number in range(4)]


def add(path, more: str = "") -> str:
    return model("add", path, FAKE + more)


@pytest.fixture
def promoted(server, folders) -> Server:
    """base_path names v1, and v2, which the file does not name, was promoted for good."""
    serving = server(add(folders[1]))
    assert serving.admin("POST", "/models/add/versions", {"path": str(folders[2])})[0] == 200
    start(serving, bake_time="0s")
    assert serving.admin("POST", "/models/add/rollout/promote")[0] == 200
    assert (phase(serving), serving.live("add")) == ("finished", "v2")
    return serving


def restart(serving: Server) -> None:
    serving.kill()
    serving.start()


def reload_to(serving: Server, *models: str) -> None:
    before = serving.reload_state()
    serving.configure(*models)
    serving.signal(signal.SIGHUP)
    wait_until(lambda: serving.reload_state()["last_reload_time"] != before["last_reload_time"], "it was reloaded")


def answers(serving: Server) -> str:
    return serving.infer("add", X)[1]["x-model-version"]


def test_a_real_promotion_survives_a_kill_and_an_edit_and_ends_with_a_new_base_path(serving, versions):
    beside = f"versions {{ path: '{versions / 'add_v2'}' }}"
    users = Users(serving)
    users.start()
    start(serving)
    wait_until(lambda: phase(serving) == "finished", "the rollout is over")
    users.stop()
    serving.kill()
    serving.start()
    assert answers(serving) == "v2"
    kept = audit_of(serving, "keep-live")[0]
    assert (kept["model"], kept["before"], kept["after"], kept["result"]) == ("add", "v1", "v2", "ok")
    assert f"base_path '{versions / 'add_v1'}'" in kept["reason"] and "huidu switch add v1" in kept["reason"]
    assert serving.admin("GET", "/models/add")[1]["configured"] == "v1"

    users = Users(serving)
    users.start()
    reload_to(serving, model("add", versions / "add_v1", beside + " max_queue: 77"))
    before = len(users.answers)
    wait_until(lambda: len(users.answers) > before + 20, "users are served after it")
    users.stop()
    assert {version for version, _ in users.answers} == {"v2"}, "not for a moment"

    shutil.copytree(versions / "add_v1", versions / "add_v3")
    reload_to(serving, model("add", versions / "add_v3", beside))
    assert answers(serving) == "v3"
    restart(serving)
    assert answers(serving) == "v3"
    reload_to(serving, model("add", versions / "add_v1", beside))
    assert answers(serving) == "v1", "the promotion ended with the first edit of base_path"


def test_a_version_that_the_file_does_not_name_is_loaded_again_and_gets_new_settings(promoted, folders):
    restart(promoted)
    assert answers(promoted) == "v2"
    reload_to(promoted, add(folders[1], "worker_instances: 2"))
    assert answers(promoted) == "v2"
    assert len(promoted.version("add", "v2")["workers"]) == 2
    assert promoted.admin("GET", "/models/add")[1]["previous"] == "v1"


def test_a_setting_with_which_it_does_not_load_is_refused(promoted, folders):
    shutil.rmtree(folders[2])
    reload_to(promoted, add(folders[1], "max_queue: 5"))
    assert answers(promoted) == "v2", "what is loaded needs no folder"
    reload_to(promoted, add(folders[1], "worker_instances: 2"))
    error = promoted.reload_state()["last_error"]
    assert "model 'add'" in error and "version v2, live since" in error and "add_v2" in error
    assert "huidu switch, or another base_path" in error
    assert answers(promoted) == "v2"
    reload_to(promoted, add(folders[3], "worker_instances: 2"))
    assert answers(promoted) == "v3"


def test_other_files_in_its_folder_do_not_become_live_unseen(server, folders):
    serving = server(add(folders[1], f"versions {{ path: '{folders[2]}' }}"))
    assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 200
    fake_version(folders[2], "bias 7")
    wait_until(lambda: "not those that were live" in serving.reload_state()["last_error"], "the reload is refused")
    status, headers, answer = serving.infer("add", X)
    assert (headers["x-model-version"], answer["outputs"][0]["data"][0]) == ("v2", 3)


@pytest.mark.parametrize("damage, said", [(shutil.rmtree, "add_v2"),
                                          (lambda folder: fake_version(folder, "bias 7"), "not those that were live")])
def test_without_its_files_base_path_is_served_and_that_is_told(promoted, folders, damage, said):
    promoted.kill()
    damage(folders[2])
    promoted.start()
    assert answers(promoted) == "v1"
    lost = audit_of(promoted, "keep-live")[0]
    assert lost["result"].startswith("v1 is live: version v2, live since") and said in lost["result"], lost
    assert said in promoted.log_lines("what was live before cannot be")[0]["result"]
    assert promoted.version("add", "v2") == {} and len(promoted.worker_pids()) == 1, "nothing of it is left"
    restart(promoted)
    assert len(audit_of(promoted, "keep-live")) == 1, "it is decided"


def test_a_base_path_that_cannot_be_read_does_not_take_what_was_promoted(promoted, folders):
    promoted.kill()
    (folders[1] / "model.fake").unlink()
    promoted.start()
    assert answers(promoted) == "v2"
    fake_version(folders[1])
    reload_to(promoted, add(folders[1], "max_queue: 9"))
    assert answers(promoted) == "v2", "the same files are no new wish"
    restart(promoted)
    assert answers(promoted) == "v2"


def test_new_files_behind_base_path_are_a_new_wish(promoted, folders):
    fake_version(folders[1], "bias 11")
    wait_until(lambda: promoted.live("add") == "v1", "the new files are live")
    restart(promoted)
    assert answers(promoted) == "v1"


def test_a_switch_by_hand_survives_until_it_is_taken_back(promoted, folders):
    assert promoted.admin("POST", "/models/add/versions", {"path": str(folders[3])})[0] == 200
    assert promoted.admin("POST", "/models/add/switch", {"version": "v3"})[0] == 200
    restart(promoted)
    assert answers(promoted) == "v3", "the last wish wins"
    assert promoted.admin("POST", "/models/add/switch", {"version": "v1"})[0] == 200
    restart(promoted)
    assert answers(promoted) == "v1"
    assert len(audit_of(promoted, "keep-live")) == 1


def test_a_rollback_after_the_promotion_wins(promoted):
    assert huidu(promoted, "rollback", "add", "--reason", "customers call").returncode == 0
    assert answers(promoted) == "v1"
    restart(promoted)
    assert answers(promoted) == "v1"


def test_a_rollback_while_it_bakes_wins_also_after_a_restart(server, folders):
    serving = server(add(folders[1]))
    assert serving.admin("POST", "/models/add/versions", {"path": str(folders[2])})[0] == 200
    start(serving, bake_time="1h")
    assert serving.admin("POST", "/models/add/rollout/promote")[0] == 200
    restart(serving)
    assert (phase(serving), answers(serving)) == ("baking", "v2")
    reload_to(serving, add(folders[1], "max_queue: 5"))
    assert (phase(serving), answers(serving)) == ("baking", "v2"), "an edit of something else does not end it"
    assert huidu(serving, "rollback", "add").returncode == 0
    restart(serving)
    assert answers(serving) == "v1"
    reload_to(serving, add(folders[1], "max_queue: 6"))
    assert answers(serving) == "v1"


def test_what_was_promoted_and_then_quarantined_is_not_served(promoted, folders):
    """The same files are rolled back under another name."""
    shutil.copytree(folders[2], folders[2].with_name("add_v9"))
    assert promoted.admin("POST", "/models/add/versions", {"path": str(folders[2].with_name("add_v9"))})[0] == 200
    start(promoted, candidate="v9")
    assert huidu(promoted, "rollback", "add").returncode == 0
    assert answers(promoted) == "v2"
    restart(promoted)
    assert answers(promoted) == "v1"
    assert "quarantined" in audit_of(promoted, "keep-live")[0]["result"]
