from tests.support.staff import Member
from tests.clients import User


def test_try(alice: User) -> None:
    m = Member.signed_in("support")
    for i in range(3):
        alice.api.post("/me/todos", {"title": f"Milk {i}"})
    for p in [
        "/admin/",
        f"/admin/support/customer/?q={alice.email}",
        f"/admin/support/customer/{alice.sub}/change/",
        f"/admin/todos/todo/?customer={alice.sub}",
        "/admin/files/file/",
        f"/admin/files/file/?customer={alice.sub}",
        "/admin/support/event/",
    ]:
        a = m.get(p)
        print(p, a.status_code)
        if a.status_code != 200:
            print(a.content.decode()[:3000])

def test_speed():
    import time
    from whitenoise.middleware import WhiteNoiseMiddleware
    t=time.perf_counter(); w=WhiteNoiseMiddleware(lambda r: None); print("whitenoise", time.perf_counter()-t, len(w.files))
