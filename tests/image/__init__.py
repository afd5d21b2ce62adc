"""The image, built from the unchanged Dockerfile and run as ECS runs it: `make image-test`."""
