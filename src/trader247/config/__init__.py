"""Configuration: five YAML files, a schema of attrs classes, and every fault told at once with its file and line."""
