"""What the code imports, and which packages that comes to: by a table, never by the bare name of a module."""

from nbrepro.environments.imports.classifying import ModuleOrigin, ModuleUse
from nbrepro.environments.imports.packages import dated, package_table
from nbrepro.environments.imports.reading import ImportReading, read_imports
from nbrepro.environments.imports.verifying import top_level_modules, verify_modules

__all__ = ["ImportReading", "ModuleOrigin", "ModuleUse", "dated", "package_table", "read_imports", "top_level_modules", "verify_modules"]
