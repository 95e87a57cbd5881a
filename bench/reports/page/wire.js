// Undoes bench/reports/page/wire.py. What was written once is one object again: treat the document as frozen.

function unpackData(wire) {
  const shared = new Array(wire.shared.length);
  const value = (packed) => {
    if (typeof packed === "string") {
      if (packed[0] === "~") return sharedValue(Number(packed.slice(1)));
      return packed[0] === "=" ? packed.slice(1) : packed;
    }
    if (!Array.isArray(packed)) return packed;
    if (typeof packed[0] !== "string" || packed[0][0] !== "#") return packed.map(value);
    const keys = wire.shapes[Number(packed[0].slice(1))];
    const made = {};
    for (let i = 0; i < keys.length; i += 1) made[keys[i]] = i + 1 < packed.length ? value(packed[i + 1]) : null;
    return made;
  };
  const sharedValue = (place) => {
    if (shared[place] === undefined) shared[place] = value(wire.shared[place]);
    return shared[place];
  };
  return value(wire.root);
}
