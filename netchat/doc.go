// Package netchat holds the nouns of Homeroom and, here, its protocol in prose.
//
// # The room
//
// A Room has members, who join and leave, and Events, which last. An Event is
// one entry of the room's Log: it has an epoch and a seq given by the one
// goroutine that owns Room and Log, and it is delivered only after it is
// stored. What passes (who is here, who reconnects) is a Notice: it has no seq
// and is never stored. Messages are what people see of Events of [KindMessage].
//
// # One endpoint, two dialects
//
// A host serves WebSockets at /ws, port 8000 by default, with text frames of
// one JSON object each. Nothing is sent before the client's first frame, and
// that may take minutes. Any client may speak the plain dialect:
//
//	> {"username":"张飞"}
//	< {"type":"user_list","users":[{"client_id":"bf0c711b","username":"张飞"}]}
//	< {"type":"system","content":"张飞 进入聊天室","timestamp":"2026-11-23 05:05:00"}
//	> {"type":"public","content":"hello"}
//	< {"type":"public","from":"bf0c711b","sender_name":"张飞","content":"hello","timestamp":"…"}
//	> {"type":"private","to":"4be9b4df","content":"…"}
//	< {"type":"private","from":"…","to":"…","sender_name":"…","content":"…","timestamp":"…"}
//
// A frame of any other type is public, unless it has a to in any spelling: what was
// meant for one must never reach all.
//
// A client asks for the rich dialect by an object added to that first frame:
//
//	> {"username":"张飞","homeroom":{"v":1,"key":"<base64 Ed25519 public key>","resume":{…}}}
//
// The first frame that comes back decides: a challenge or a welcome is a rich
// host; anything else is a plain one, where the added object meant nothing.
// There is no timer. Plain members of a rich room see plain frames only.
//
// # TLS
//
// The same port speaks TLS: a connection whose first byte is 0x16 is TLS, every
// other one is HTTP in clear. What is said inside is the same. It is TLS 1.3 with
// the ALPN protocol homeroom/1 and nothing else, without session tickets and early
// data, so that each connection proves its keys anew.
//
// The host shows two certificates: one of the room's Ed25519 key, signed by
// itself, and in front of it one of a P-256 key that lives as long as the process,
// signed by the room's. The client takes the room's key from there, and the room's
// id is the first 128 bits of the key's SHA-256. No other authority counts, nor do
// dates and names. A client that expects a certain room hangs up at another key
// before it has sent anything but its ClientHello. Then it shows a certificate of
// its device key, signed by itself, or none.
//
// Over TLS with a certificate the member is that key: there is no challenge, and
// a key in the first frame must be the same. Without a certificate no key can be
// claimed over TLS (4502). In clear one is proved as below; Homeroom's own
// clients do not do so: whoever takes the host's place could pass the challenge
// of another host on to them, and be them there. Rosters mark members over TLS
// with "tls":true; everybody else, and what is said to them, can be read on the
// way.
//
// The host's answer to the upgrade, over TLS or not, has a header that tells who
// it is before anybody has said a frame: base64url, without padding, of JSON.
//
//	Homeroom: eyJ2IjoxLCJ0bHMiOnRydWUs…     {"v":1,"tls":true,"name":"…","host":"…"}
//
// # Which room it is
//
// A client tries TLS first, always. It goes on in clear only if all of this holds:
// the address was typed; no room is known to have been there; no code came with
// it; and what answers there speaks no TLS: it answers TLS with something that is
// no record of TLS, or it answers an upgrade in clear, without the header, while
// TLS is met with silence or hung up on. Silence and a cut alone show nothing: they
// are what a slow network does, and TLS is tried again ([ErrSlow]). A host that has
// too many handshakes to do, or too many from one address, sends the fatal TLS alert
// 240 in place of one, and the client comes back after a pause ([ErrBusy]). If what
// answers TLS in clear says in the header that it has TLS, something on the way has
// prevented it, and the client says nothing ([ErrNoTLS]); so it does wherever TLS is
// met with an answer in clear and no plain server can be meant. A challenge or a
// welcome in clear shows the same ([ErrStripped]): every host of a room has TLS, and
// nothing is said to that one behind the first frame. Nothing that an announcement or
// /hello says counts in this. Once joined, a client comes back in the same way to the
// same key alone: never in clear if it was TLS, and not to another key
// ([ErrChangedKey]).
//
// Clients remember the keys of rooms that they were in. A key that is not known,
// under the names of room and host that a known room has anywhere, or of a room
// known at this address, is not joined ([ErrChangedKey]), unless by its code.
//
// A room's code is for people: the first 50 bits of Argon2id of its key (salt
// "homeroom room code/1", one pass, 64 MiB, one lane, 16 bytes), as 10 characters
// of Crockford's base 32. It is no secret. Who joins by it joins no room with
// another ([ErrWrongCode]), wherever it is found. An address
// part may stand in front: the lowest bits of the host's IPv4 address, which the
// joiner completes from its own, and of its port, counted from 8000.
//
//	2 characters     8 bits of the address    ports 8000 to 8003
//	4               16                              8000 to 8015
//	6               24                              8000 to 8063
//	10              all 32                    all
//
// People are shown XXXXX-XXXXX-C, the address part in front of it where there is
// one. C is for typing errors alone and adds no security: with each character of
// address part and code taken for an element of GF(32) by x^5+x^2+1 and multiplied
// by 2, 4, 8 and so on, counted from the last, it is their sum. So one wrong
// character is noticed, and any two in each other's place. An odd number of
// characters has C, an even one, as 0.1 showed it, has not; both are read for ever,
// in any grouping. What can be a code is looked for as one. It is taken for the name
// of a room or a machine besides only if nobody types it who copies a code: it has
// an I, L, O or U, and no digits, or dashes elsewhere than in a code; or it has
// digits alone.
//
// In a link the code is the fragment: http://ADDR:PORT/#CODE. There, in QR codes,
// in /hello and in JSON a code is the ten characters without C, which 0.1 reads.
//
// # Joining, rich
//
// If the first frame named a key that TLS has not proved, the host sends a
// challenge with a nonce and its room id, and the client answers with a proof,
// the signature over both. A key of small order, under which anybody can sign, or one
// that is not encoded as RFC 8032 says is none, here and over TLS. The member's id is the first 128 bits of the key's
// SHA-256; without a key it is random. Then comes the welcome: the room, who one
// is, the roster, the types of commands that this host takes (a client sends no
// other), and recovered.
//
//	< {"type":"challenge","nonce":"…","room_id":"…"}
//	> {"type":"proof","sig":"…"}
//	< {"type":"welcome","v":1,"room":{"id":…,"name":…,"host":…,"app_only":true},"self":{…},"types":[…],
//	   "position":{…},"recovered":false,"roster":{…}}
//	< {"type":"page","snapshot":true,"messages":[…],"more":true}
//
// resume holds the position that the client has reached: epoch, seq, and as chain
// the first 8 bytes of the chain there, in hex; an Event has all 32 of it in
// base64. If the host's Log has exactly that, and
// the tail is at most [MaxTail] Events, recovered is true and the missed
// Events follow; otherwise it is false and a page replaces what the client
// shows. The welcome's position is where the Events to come begin: if recovered
// is true it is that of resume, else that of the page. A client that wants all that it
// missed asks for it with after, from its own position on. Gaps in seq mean nothing:
// they are other people's private Events.
//
// A second live connection of the same key takes over the first one, which is
// closed with [CloseTakenOver].
//
// # Commands and answers, rich
//
//	> {"type":"message","id":"<32 hex>","to":["<member id>",…],"text":"…"}   without to: to all
//	< {"type":"event","event":{"epoch":…,"seq":…,"time":…,"id":…,"kind":"message","author":…,
//	   "audience":"all" | "hosts" | ["<member id>",…],"body":{"name":…,"text":…},"salt":…,"digest":…,"chain":…}}
//	< {"type":"ack","id":…,"seq":…}
//	< {"type":"refused","of":"message","id":…,"reason":"no_recipient"}
//	> {"type":"history","before":<seq>,"n":50}      < {"type":"page","messages":[…],"more":…,"newer":…}
//	> {"type":"search","text":"作业","n":50}          < {"type":"hits","messages":[…]}   newest first
//	> {"type":"roster"}                             < {"type":"roster","roster":{"version":…,"members":[…]}}
//	< {"type":"roster_delta","delta":{"version":…,"time":…,"joined":[…],"changed":[…],"left":[…]}}
//	> {"type":"rename","id":"<32 hex>","name":"…"}  < {"type":"roster_delta",…}   or refused of "rename"
//	> {"type":"ping"}                               < {"type":"pong"}
//
// A history asks for the Messages before a seq, after one, or around one, that one
// included; without any of the three for the newest, with two of them it is refused
// as invalid. Between the messages of a page, and between them and that seq, none
// is missing that one may see, unless the page of an after says "lacks": then those that
// came right behind that seq are gone, or not for the member any more. A host that takes search knows after and around; an
// older one would answer with its newest page, so it is not asked. A page has at
// most [MaxPageMessages], hits at most [MaxHits], both [SnapshotBytes] of text;
// what is searched for has at most [MaxSearchText]. What one may not see, or was
// said before one's time here, is neither shown nor found.
//
// A frame of a host that is over 512 bytes has its type as its first key. Only a welcome, a roster and a
// roster_delta may have [MaxServerFrame] bytes, a page and hits 8 MiB, all others
// [MaxFrame]. A client leaves a host that sends more, or a text, name, list or
// number over its limit, or a page, hits or roster that was not asked for.
//
// The own Event coming back is the acknowledgement. A command sent again with
// the same id makes no second Event and is answered by an ack with the old
// seq. A refusal is final for its id and never closes the connection. Roster
// versions go up by one; a client that sees a gap asks for the roster. A new
// name comes in a delta, in front of all that is said under it; Events keep the
// name under which they were said. It is refused as invalid if it is blank or
// over [MaxName]; the name that a member bears already changes nothing and has
// no answer. Who joins again with its key may do so under a new name. Unknown
// types and kinds are skipped by clients (a kind shows its body's "fallback",
// if it has one) and refused by hosts. Times are Unix milliseconds of the
// host's clock, binary values base64.
//
// # Presence, plain
//
// At each join and leave the plain members get a user_list and then the system
// line, the newcomer included, who gets its own list at once with its own
// entry before its namesakes. Of a rich member's new name they get a user_list
// alone. Lists are merged to at most one in [RosterEvery]; system lines never
// are, and both come before any message whose sender they concern.
//
// # Failure
//
//	what                                    to the client                     to the others
//	no WebSocket frame (RFC 6455)           close 1002                        it left
//	no JSON object, bad UTF-8, wrong type   close 1007                        it left
//	binary frame                            close 1003                        it left
//	frame over the limit                    close 1009                        it left
//	a message in over MaxFragments frames   close 1009                        it left
//	half a message for 25 s                 close 4005                        nothing, or as if the connection was lost
//	plain text over MaxText                 close 1009                        it left
//	rich text over MaxText                  refused too_long                  nothing
//	private to nobody here, rich            refused no_recipient              nothing
//	private to nobody here, plain           nothing                           nothing
//	to somebody, but not private, plain     nothing                           nothing
//	no content, plain                       nothing                           nothing
//	a blank or too long name                refused invalid                   nothing
//	the Log cannot store it                 refused not_stored                nothing
//	over the sending budget                 it is read more slowly            nothing
//	so for a minute                         close 4003                        it left
//	over its address's budget for joins     the join waits; over 15 s: 4003   nothing
//	silent, and others want in              close 4001                        nothing
//	the room has MaxMembers                 close 4002                        nothing
//	its address has its share of the seats  close 4006                        nothing
//	it has the most, others have none       close 4006, the newest            it left
//	no connection is left for it            503, or a fatal alert of TLS      nothing
//	name over MaxName, key not proved       close 4502                        nothing
//	a key that is not the certificate's     close 4502                        nothing
//	no first byte or ClientHello for 5 s    it is cut off                     nothing
//	no end of the handshake for 15 s        it is cut off                     nothing
//	over its address's handshakes for 5 s   the TLS alert 240                 nothing
//	in clear, and the room is for the app   403, before it is a WebSocket     nothing
//	plain member does not read              close 4000                        it left
//	rich member does not read               Events from the Log, later        nothing
//	rich member asks, does not read, 25 s   close 4000                        reconnecting, if keyed
//	half a large frame, and 64 MiB of them  close 4000, the oldest            reconnecting, if keyed
//	no sign of life for 25 s                close 4005                        as if the connection was lost
//	connection lost, keyed                  nothing                           reconnecting, 15 s later it left
//	connection lost, plain or keyless       nothing                           it left
//	the host was ended, not closed          the key counts as reconnecting    nothing; 15 s later it left
//	same key from elsewhere                 close 4501                        nothing
//	a fault of the host's own               close 4004                        the same, if it concerns them
//	host closes the room                    close 4500                        –
//
// Close codes 4000 to 4499 mean: come back after a pause; 4500 to 4999: do
// not. Before a final close a plain client gets one system line.
//
// The address that holds most seats, with IPv6 a network of 64 bits, may hold nine times
// as many as are free. If none is, the address that holds most yields one to an address that holds
// fewer: that of the newest who has not said a word, else of the newest. The same
// address goes first where too many wait to join. The host's own client always gets
// in. A host without budgets has no shares either. A host that may have few file
// descriptors has fewer seats, and says so.
//
// # Who may connect
//
// A request with an Origin header comes from a web page: its origin must be
// loopback or the host itself, and the Host header must be an address,
// localhost, or one of our names. Programs send no Origin.
//
// A room may be for the app alone (app_only): whoever comes in clear is refused
// with status 403 and a sentence, the answer to /hello aside. All members can see
// that it is so.
//
// GET /hello tells anybody what a list of rooms shows, in clear too. The code may
// be missing; a client believes it as little as the rest and takes it for a hint
// whom to ask first.
//
//	{"homeroom":1,"room_id":"…","name":"…","host":"…","members":3,"rich":true,
//	 "tls":true,"app_only":false,"code":"3DE8S55VVC"}
//
// A room is announced by multicast DNS as an instance hr-<room id> of the service
// _homeroom._tcp, with the TXT strings v=1, id=<room id>, n=<base64url of its
// name> (a long one goes on in n2), and tls=1.
package netchat
