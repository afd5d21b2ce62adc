from datetime import datetime
from typing import Any

from django import template

from files.lists import list_files

register = template.Library()


@register.inclusion_tag("support/files_of_todo.html")
def files_of_todo(todo: Any) -> dict[str, Any]:
    """A to-do's files on its page: the one place where the page of one app shows the other."""
    files, following = list_files(user_id=todo.customer_id, todo_id=todo.todo_id)
    return {
        "todo": todo,
        "files": [
            {
                "key": f"{todo.pk}~{file['fileID']['S']}",
                "name": file["fileName"]["S"],
                "size": int(file["size"]["N"]),
                "created": datetime.fromisoformat(file["dateCreated"]["S"]),
            }
            for file in files
        ],
        "more": following is not None,
    }
