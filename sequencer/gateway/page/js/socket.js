// One socket for the page. It comes back by itself, and subscribes again to all that is wanted: each channel begins with
// a snapshot, so nothing has to be remembered across a break. A gap in a channel's numbers asks for a new snapshot.

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5000;

export class Socket {
  constructor() {
    this.channels = new Map();
    this.watchers = new Set();
    this.isUp = false;
    this.downSince = Date.now();
    this.wait = FIRST_WAIT;
    this.open();
  }

  /** Hear a channel: `heard(push)` gets its snapshots, deltas and events. Returns how to stop. */
  subscribe(name, heard) {
    const known = this.channels.get(name) ?? { seq: null, listeners: new Set() };
    this.channels.set(name, known);
    known.listeners.add(heard);
    this.ask("subscribe", [name]);
    return () => {
      known.listeners.delete(heard);
      if (known.listeners.size === 0 && this.channels.get(name) === known) {
        this.channels.delete(name);
        this.ask("unsubscribe", [name]);
      }
    };
  }

  /** Be told when the socket comes up or goes down. */
  watch(told) {
    this.watchers.add(told);
    told(this.isUp);
    return () => this.watchers.delete(told);
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/v1/socket`);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.turn(true);
      if (this.channels.size) this.ask("subscribe", [...this.channels.keys()]);
    };
    socket.onmessage = (message) => this.take(JSON.parse(message.data));
    socket.onclose = () => {
      if (this.isUp) this.downSince = Date.now();
      this.turn(false);
      setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2));
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT);
    };
  }

  turn(isUp) {
    this.isUp = isUp;
    for (const told of this.watchers) told(isUp);
  }

  ask(op, channels) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op, channels }));
  }

  take(push) {
    const known = this.channels.get(push.channel);
    if (!known) return;
    if (push.type === "undone") return; // a snapshot follows, and stands for everything
    const follows = push.type === "snapshot" || push.prev_seq === null || push.prev_seq === known.seq;
    if (push.type === "ended" || !follows) {
      if (known.seq !== null || push.type === "ended") this.ask("subscribe", [push.channel]);
      known.seq = null;
      return;
    }
    if (push.seq !== null) known.seq = push.seq;
    for (const heard of known.listeners) heard(push);
  }
}
