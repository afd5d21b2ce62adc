from django.urls import path

from todos import views

urlpatterns = [
    path("<str:user_id>/todos", views.TodoListView.as_view()),
    path("<str:user_id>/todos/add", views.ArticleAddView.as_view()),
    path("<str:user_id>/todos/erase-account", views.EraseAccountView.as_view()),
    path("<str:user_id>/todos/<id:todo_id>", views.TodoView.as_view()),
    path("<str:user_id>/todos/<id:todo_id>/restore", views.RestoreView.as_view()),
    path("<str:user_id>/todos/<id:todo_id>/complete", views.ArticleCompleteView.as_view()),
    path("<str:user_id>/todos/<id:todo_id>/addnotes", views.ArticleAddNotesView.as_view()),
    path("<str:user_id>/todos/<id:todo_id>/delete", views.ArticleDeleteView.as_view()),
]
