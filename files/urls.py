from django.urls import path

from files import views

urlpatterns = [
    path("<id:todo_id>/files", views.FileListView.as_view()),
    path("<id:todo_id>/files/upload", views.ArticleUploadView.as_view()),
    path("<id:todo_id>/files/<id:file_id>", views.FileView.as_view()),
    path("<id:todo_id>/files/<id:file_id>/complete", views.FileCompleteView.as_view()),
    path("<id:todo_id>/files/<id:file_id>/delete", views.ArticleDeleteView.as_view()),
]
