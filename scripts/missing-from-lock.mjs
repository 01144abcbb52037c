/** Optional dependencies that some package of a lock names and the lock has no entry for: `{name, version, isDev}` each. */
export function missingFrom(lock) {
  const missing = new Map();
  for (const [path, { optionalDependencies = {}, dev: isDev = false }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!placesOf(path, name).some((place) => place in lock.packages))
        missing.set(name, { name, version, isDev });
    }
  }
  return [...missing.values()];
}

/** Where Node would look for a package, from the package at `path` upwards. */
function placesOf(path, name) {
  const places = [`${path === '' ? '' : `${path}/`}node_modules/${name}`];
  for (let at = path.lastIndexOf('node_modules/'); at > 0; at = path.lastIndexOf('node_modules/', at - 1)) {
    places.push(`${path.slice(0, at)}node_modules/${name}`);
  }
  return [...places, `node_modules/${name}`];
}
