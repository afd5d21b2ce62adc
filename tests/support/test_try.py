from tests.support.staff import Member
from tests.clients import User


def test_try(alice: User, caplog) -> None:
    m = Member.signed_in("support")
    ids = [alice.api.post("/me/todos", {"title": f"Milk {i}"}).json()["todoID"] for i in range(3)]
    pk = f"{alice.sub}~{ids[0]}"
    for p in [
        f"/admin/support/customer/{alice.sub}/change/",
        f"/admin/todos/todo/{pk}/change/",
        f"/admin/todos/todo/{pk}/history/",
        f"/admin/todos/todo/{pk}/delete/",
        f"/admin/todos/todo/add/",
    ]:
        a = m.get(p)
        print(p, a.status_code)
        for r in caplog.records:
            if r.exc_info:
                import traceback

                print(
                    "".join(
                        traceback.format_exception(
                            r.exc_info if isinstance(r.exc_info, BaseException) else r.exc_info[1]
                        )
                    )[-700:]
                )
        caplog.clear()
    pk2 = f"{alice.sub}~{ids[1]}"
    a = m.post(
        "/admin/todos/todo/?customer=" + alice.sub,
        {"action": "complete", "index": "0", "_selected_action": [pk, pk2], "select_across": "0"},
    )
    print(a.status_code, a.headers.get("Location"))
    print(alice.api.get("/me/todos").json())
    a = m.post(
        f"/admin/todos/todo/{pk}/change/",
        {"title": "New", "description": "", "notes": "a\r\nb", "date_due": "2030-01-01", "read_version": "2"},
    )
    print(a.status_code, a.headers.get("Location"))
    print(alice.api.get("/me/todos/" + ids[0]).json())
    if a.status_code == 200:
        print(a.content.decode()[3000:9000])
    for r in caplog.records:
        if r.exc_info:
            import traceback

            print(
                "".join(
                    traceback.format_exception(r.exc_info if isinstance(r.exc_info, BaseException) else r.exc_info[1])
                )[-1700:]
            )
