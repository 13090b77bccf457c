// Found only by programs that do not read 'exports' of a package: Jest 26 and 27, Webpack 4. There half of the packages is missing.
throw new Error(
  "@audit/core: this program does not read the 'exports' of packages, as Jest 26 and 27 do not. Use Jest 28 or later; of other tools, a version that reads 'exports'.",
)
