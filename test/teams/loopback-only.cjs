// Preloaded (NODE_OPTIONS=--require) into tools that would listen on every interface of the machine.
const { Server } = require("node:net");

const listen = Server.prototype.listen;

Server.prototype.listen = function listenOnLoopback(...args) {
  const [first, second] = args;
  if (typeof first === "object" && first !== null && !("fd" in first) && !("path" in first)) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...args.slice(1));
  }
  if (typeof first === "number" || (typeof first === "string" && /^\d+$/.test(first))) {
    const rest = typeof second === "string" ? args.slice(2) : args.slice(1);
    return listen.call(this, Number(first), "127.0.0.1", ...rest);
  }
  return listen.apply(this, args);
};
