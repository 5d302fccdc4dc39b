package main

// englishTexts never changes.
var englishTexts = texts{
	helpProgram: `homeroom-cli: a chat room on the local network, without a window

  homeroom-cli host    open a room on this machine
  homeroom-cli join    chat in a room, in the terminal or for a script
  homeroom-cli find    list the rooms of this network
  homeroom-cli log     print what was said in a room hosted here
  homeroom-cli export  write it as text, as a page or as JSON lines
  homeroom-cli verify  check that it is as it was stored
  homeroom-cli backup  copy it, also while the room is open
  homeroom-cli known   list the rooms whose key is remembered
  homeroom-cli forget  forget the key of a room

  homeroom-cli COMMAND --help   what a command takes
  homeroom-cli --version
  --lang en|zh-Hans             with any command; otherwise the language of
                                LC_ALL, LC_MESSAGES or LANG

Exit codes: 0 done, 1 failed (one sentence on stderr), 2 wrong usage.`,
	helpHost: `homeroom-cli host [options]: open a room and keep it open

  --room NAME         what the room is called (default: after the user)
  --listen ADDR:PORT  where to listen; it is an error if that is taken.
                      Default: every address, port 8000 or the next free one
  --data DIR          keep the room's key and its messages in DIR; a room that
                      is there already goes on (default: the app's directory).
                      Newcomers see what is said from now on
  --memory            keep nothing at all
  --app-only          let in the Homeroom app alone, so that all is encrypted;
                      browsers and older programs are turned away
  --no-announce       do not make the room findable on the network
  --rate N|off        messages a second that each member may send (default 20)
  --hostname NAME     a further name under which browsers may reach this
                      machine; may be given several times
  --json              one JSON object a line

Prints "listening on ADDR:PORT" when the room is open. Ctrl-C or SIGTERM closes
the room and tells everybody in it.`,
	helpJoin: `homeroom-cli join TARGET --name NAME [options]: chat in a room

TARGET is an address (HOST, HOST:PORT or ws://HOST:PORT/ws) or the name of a
room on this network. A room's code, or a link http://ADDR:PORT/#CODE, will do.

  --name NAME   what others see you as
  --code CODE   join only the room with this code, wherever it is
  --data DIR    keep your key, the keys of rooms, what is said and what is still
                to be sent in DIR: you are the same person next time, miss
                nothing, and notice if somebody plays the host
                (default: a temporary one, and nothing is remembered)
  --json        one JSON object a line, in and out

In:   {"type":"public","content":"...","id":"32 hex digits, optional"}
      {"type":"private","to":"id or name","content":"...","id":"optional"}
      {"type":"rename","name":"..."}
Out:  messages (type public, private or system), ack, refused, state, roster,
      gap (messages between two places, after and before, that the host lacks)

At the end of its input it sends what waits, leaves and exits with 0, or with 1
if something was refused or could not be sent. The input is UTF-8.`,
	helpFind: `homeroom-cli find [options]: list the rooms of this network as they are found

  --for DURATION   how long to look (default 3s)
  --json           one JSON object a room: room_id, name, addrs, port, host,
                   members; says: what it claims of itself (tls, code, app_only)

Whatever is listed here is claimed, not proved: only joining by a code that the
host has shown you makes sure of the room.`,
	helpChat: `A line goes to everybody.
  @ID text     to one person, by the id in the list
  @NAME text   to one person, by name; the host can read that too
  /who         who is here
  /name NAME   be called something else
  /code        how this is protected, and the room's code
  /help        this
  exit         leave
  //text       to everybody, beginning with one slash`,

	usageHint:           `try "homeroom-cli --help"`,
	usageNoCommand:      "a command is missing: host, join, find, log, export or verify",
	usageUnknownCommand: "there is no command %q",
	usageLanguage:       "there is no language %q: use en or zh-Hans",
	usageFlags:          "%s",
	usageArguments:      "%q is one argument too many",
	usageTarget:         "the room to join is missing: an address, or the name of a room on this network",
	usageName:           "--name is needed: not blank, valid UTF-8, at most %d bytes",
	usageRoomName:       "--room must not be blank, must be valid UTF-8 and at most %d bytes long",
	usageRate:           "--rate is a number of messages a second over 0, or off, not %q",
	usageListen:         "--listen is ADDR:PORT, not %q",
	usageDataMemory:     "--data and --memory exclude each other",
	usageFor:            "--for is a time such as 3s, over 0 and at most %s",

	failUnknown:       "it failed: %s",
	failUnreached:     "nothing answers at %s",
	failUnread:        "the output was not read to its end",
	failProtocol:      "the host sends what no host may send, or more than it may: it is broken, or means harm",
	failNotARoom:      "what answers at %s is no chat room",
	failRoomClosed:    "the host closed the room",
	failTakenOver:     "the same identity joined from somewhere else",
	failBadHello:      "the room does not accept this name",
	failFull:          "the room is full",
	failAddressFull:   "too many are in the room from your network address; the seats that are left are for people from elsewhere",
	failLost:          "the connection was lost: %s",
	failListen:        "cannot listen on %s: %s",
	failBusy:          "%s is in use by another Homeroom",
	failLostDevice:    "the key by which rooms know you is gone: %s. Put it back from a copy if you have one; to go on as somebody new, move the folder %s away",
	failLostRoom:      "the room's key is gone: %s, though what was said in the room is still there. Put the key back from a copy if you have one; to open another room of that name, which nobody takes for this one, move the folder %s away",
	failData:          "nothing can be kept in %s: %s; --data DIR names another directory",
	failNoHome:        "this user has no home directory in which to keep anything (HOME is not set); --data DIR names a directory",
	failDamaged:       "a key file is damaged and was left as it is: %s",
	failUnsent:        "messages that could not be sent: %d",
	failNoRoom:        "there is no room %q on this network, nor a machine of that name",
	failManyRooms:     "several rooms are called %q, so give an address: %s",
	failOtherRoom:     "another room answers at that address now",
	failInterrupted:   "interrupted before the room was joined",
	failDiskFull:      "the disk is full, so the room's messages could not be kept",
	failNotOurs:       "the room's messages were written by another program, or by a later version of this one; they were left as they are",
	failNoAddress:     "that is no address: type it as the host's screen shows it, such as 192.168.1.20:8000",
	failBadIP:         "that is no address: it would have four numbers from 0 to 255 with dots between them, such as 192.168.1.20:8000",
	failBadPort:       "the port, behind the colon of an address, is a number from 1 to 65535",
	failSecureAddress: "rooms have no https addresses: type it with http, or only what the host's screen shows, such as 192.168.1.20:8000",

	noteNothingLeft: "the file of the messages was damaged and nothing in it could be read, so the room begins anew; the damaged file is kept as %s",
	noteWhole:       "the file of the messages was damaged; all %d could be read; the damaged file is kept as %s",
	noteRepaired:    "the messages on disk were damaged: at least %d are lost, %d are whole; the damaged file is kept as %s",
	noteKept:        "what is said is kept in %s; messages from before: %d",
	noteTemporary:   "%s is in use by another Homeroom, so this room has a temporary key and nothing is kept",
	noteJoinWith:    "others join with: homeroom-cli join %s --name NAME",
	noteNotStored:   "the disk of this computer is full or refuses to write: nobody can say anything until that is mended (%v)",
	noteStored:      "what is said is stored again",
	noteCrowded:     "seats are running short: %d of %d are taken, most of them from %s. People from other addresses still get in; if you expected nobody from there, somebody is filling your room",
	noteDescriptors: "the system does not let this program open more connections, so newcomers are turned away until others leave; raise the limit on open files (ulimit -n) and host again",
	noteRoomAgain:   "there are seats and connections for newcomers again",
	noteOnlyHere:    "only this machine can reach the room",
	noteNoRooms:     "no rooms found",
	noteRefused:     "messages that the room refused: %d",
	defaultRoomName: "%s's room",

	chatJoinedRoom:   "You are %s in %s, hosted by %s. /help tells what you can do.",
	chatJoinedServer: "You are %s. /help tells what you can do.",
	chatHere:         "Here now: %d",
	chatPublic:       "[public] %s: %s",
	chatPrivate:      "[private] %s to %s: %s",
	chatSystem:       "[system] %s",
	chatCame:         "%s joined",
	chatLeft:         "%s left",
	chatLost:         "The connection is lost; trying to get it back. What you write is sent then.",
	chatBack:         "The connection is back.",
	chatGap:          "Messages are missing here: the host no longer has what was said meanwhile.",
	chatBackMissed:   "The connection is back. Older messages may be missing here.",
	chatWaits:        "Waits until the connection is back: %d",
	chatHowPrivate:   "To write to one person: @ID text, or @NAME text. The host can read that too.",
	chatNobody:       "Nobody here goes by %s. Nothing was sent; /who shows who is here.",
	chatSeveral:      "Several people are called %s. Nothing was sent; use the id: %s",
	chatTooLong:      "That is longer than %d bytes. Nothing was sent.",
	chatRefused:      "A message was not accepted: %s",
	chatYou:          "%s (you)",
	chatRenamed:      "%s is now called %s",
	chatYouRenamed:   "You are now called %s",
	chatNotRenamed:   "You are not called %s now: %s",
	chatNoRename:     "This room does not know how to change a name. Leave, and join under the other one.",
	chatHowName:      "To be called something else: /name NAME",
	chatNoCommand:    "There is no command %s, so nothing was sent. /help shows what there is; @NAME text writes to one person. To begin a message with a slash, type two: //",
	chatBadName:      "A name is not blank, is valid UTF-8 and has at most %d bytes. Yours is as it was.",

	helpKnown: `homeroom-cli known [--data DIR]: list the rooms whose key is remembered: id, name,
host, whether the code was compared, and when you were there last

  --data DIR   the directory of join --data (default: that of the app)
  --codes      the code of each room too; it takes a moment for each

A room that is joined by its code (join --code) counts as verified from then on.`,
	helpForget: `homeroom-cli forget ROOM [--data DIR]: forget the key of a room, by its name, the
start of its id or its code. Do so only if its host says that the room has a
new key.

  --data DIR   the directory of join --data (default: that of the app)`,
	usageCode:         "a room code has 11 letters and digits, maybe 2 to 10 more in front, as the host's screen shows it: ABCDE-FGHJK-J",
	usageForget:       "the room to forget is missing: its name, the start of its id, or its code",
	failChangedKnown:  "STOP: what answers is not the room %q of %s that you know. Its key is another one: the host has a new computer, or somebody plays the host. Neither your name nor a message was sent. Ask the host: join by the code on the host's screen (--code CODE), or forget the room you knew (homeroom-cli forget %s)",
	failChangedKey:    "STOP: what answers has another key than the room should have, so somebody else may be playing its host. Neither your name nor a message was sent",
	failWrongCode:     "no room with that code answers: look at the code on the host's screen again, or give the room's address too",
	failNoTLS:         "STOP: the connection would not be encrypted, though the room's is. Somebody may be reading along, or taking the room's place. Neither your name nor a message was sent",
	failStripped:      "STOP: a room answers there without encryption, which no Homeroom host does, so somebody may be taking its place. It was told your name, and nothing else",
	failSlow:          "something is there, but no answer comes through: the network is slow, or a firewall or router on it blocks the connection",
	failBusyHost:      "the host is there, but has too many connections from this network address at the moment: try again later",
	noteStillJoining:  "still joining: the network is slow, or something blocks the connection (Ctrl-C gives up)",
	failNotKnown:      "no room %q is known",
	failManyKnown:     "several rooms are called %q, so give an id: %s",
	noteCode:          "the room's code, for others to compare: %s",
	noteInvite:        "others who see it join with: homeroom-cli join --code %s --name NAME",
	noteAppOnly:       "only the Homeroom app is let in: all that is said crosses the network encrypted",
	noteOpen:          "NOT ENCRYPTED: this server knows no encryption, so anybody on the network can read what is said here, private messages too",
	noteVerified:      "encrypted; verified: it is the room with that code",
	noteKnown:         "encrypted; the same room as before",
	noteFirst:         "encrypted; here for the first time, so compare: the host's screen must show the code %s",
	noteKnownDamaged:  "the list of known rooms could not be read and was put aside, so every room counts as new: %s",
	noteNoKnown:       "no rooms are known",
	noteForgotten:     "forgotten: %s",
	knownSeen:         "seen before",
	knownVerified:     "verified",
	chatOpenMember:    "not encrypted",
	chatWaiting:       "Messages from last time that are sent now: %d",
	chatNotKept:       "This computer cannot keep what is said here: its disk is full or refuses. The room goes on.",
	chatAside:         "What was kept of this room was damaged. It is kept as %s, and the room is kept anew.",
	chatKept:          "What is said here is kept on this computer again.",
	chatOpen:          "NOT ENCRYPTED: anybody on the network can read what is said here, private messages too. There is no code to compare.",
	chatVerified:      "Encrypted and verified: this is the room with the code %s.",
	chatSeenBefore:    "Encrypted; the same room as before. Nobody has compared its code yet: the host's screen must show %s.",
	chatFirst:         "Encrypted; you are here for the first time, so compare: the host's screen must show the code %s.",
	chatStranger:      "What answers now has another key than the room, so somebody else may be playing its host. Nothing is sent to it. Still trying.",
	chatNoTLS:         "What answers now is not encrypted, though the room is. Nothing is sent to it. Still trying.",
	failAppOnly:       "the room lets in only the app, over an encrypted connection, and something on the way prevents that",
	usageMistypedCode: "check the code: one of its characters is wrong or missing",
	failUncheckedCode: "no room with that code answers. A character may be missing: look at the code on the host's screen again, where it has 11 of them or more, or give the room's address too",
	failCodeOrName:    "no room has the code %s, but one is called so: join by its address if you mean that one, %s",
	failNoRoomOrCode:  "there is no room %q on this network, nor a machine of that name. If it is a code, one of its characters is wrong or missing",

	helpLog: `homeroom-cli log [ROOM] [options]: print what was said in a room hosted here

ROOM is its name or the start of its id; it may be left out if there is only one.
The room may be open meanwhile.

  --data DIR   the directory of host --data (default: that of the app)
  --json       one JSON object a line: seq, epoch, id, kind, audience, from,
               content, sender_name, timestamp

audience is "all", "hosts" or a list of the ids of those whom it is for. Private
messages are there too.`,
	helpExport: `homeroom-cli export [ROOM] [options]: write what was said in a room hosted here

ROOM is its name or the start of its id; it may be left out if there is only one.
The room may be open meanwhile.

  --data DIR      the directory of host --data (default: that of the app)
  --format text|html|jsonl
                  text; a page for a browser and for printing, in one file; or
                  JSON lines as those of log --json (default: text)
  -o FILE         where to write; it is there only once it is whole. A link
                  stays and its target is written, and a device or a pipe is
                  written to (default: -, the output)
  --force         replace a FILE that is there already

Private messages are in it too, marked with whom they were for.`,
	helpVerify: `homeroom-cli verify [ROOM] [options]: check that what was said in a room hosted
here is as it was stored: nothing changed, nothing missing

ROOM is its name or the start of its id; it may be left out if there is only one.
The room may be open meanwhile.

  --data DIR   the directory of host --data (default: that of the app)

Exit code 0 if it is whole; 1 and which message is the first bad one if not.`,
	helpBackup: `homeroom-cli backup [ROOM] -o FILE [options]: copy what was said in a room hosted here

ROOM is its name or the start of its id; it may be left out if there is only one.
The room may be open meanwhile. FILE is whole or not there; it takes the place of
log.db in the room's folder if that is ever lost, together with the room's key.
A link stays and its target is written, and a device or a pipe is written to; -
is the output.

  --force      replace a FILE that is there already
  --data DIR   the directory of host --data (default: that of the app)`,
	usageBackup:         "-o FILE is missing: where the copy goes",
	usageBackupTerminal: "a copy is no text for a terminal: -o FILE, or send it into a file or a program",
	backedUp:            "%s: %d messages in %s",
	usageFormat:         "it is text, html or jsonl",
	failNoneHosted:      "no room has been hosted with the directory %s",
	failNotHosted:       "no room %q has been hosted here",
	failManyHosted:      "several rooms have been hosted here, so name one of them: %s",
	failUnreadable:      "the messages of %s cannot be read: %s",
	failAltered:         "the messages of %s are damaged (%s); hosting the room again keeps what is whole and puts the damaged file aside",
	failStopped:         "interrupted before it was done",
	failOutput:          "the output cannot be written: %s",
	failUnwritten:       "%s cannot be written: %s",
	failExists:          "%s is there already and was left as it is; --force replaces it",
	failKeptFile:        "%s was left as it is",
	failOwnFile:         "%s is in the folder of the room itself; choose another place",
	failUTF16:           "the input is UTF-16; it has to be UTF-8",
	askReplace:          "%s is there already. Replace it? [y/N]",
	whyNoFolder:         "there is no such folder",
	whyForbidden:        "you may not write there",
	whyReadOnly:         "that disk is read-only",
	whyFull:             "the disk is full",
	whyFolder:           "it is a folder",
	whyGone:             "nobody reads it any more",
	whyStopped:          "interrupted before it was done",
	verifyWhole:         "%s: as it was stored, %d messages",
	transcriptLang:      "en",
	transcriptSaved:     "As of %s",
	transcriptEmpty:     "No messages.",
	transcriptErased:    "[erased]",
	transcriptHosts:     "for the hosts",
	transcriptPrivate:   "private to %s",
	transcriptComma:     ", ",

	refusedTooLong:     "it is too long",
	refusedNoRecipient: "nobody it is for is here any more",
	refusedInvalid:     "the room does not understand it",
	refusedUnknownType: "the room does not know this kind of message",
	refusedNotStored:   "the host cannot store it",
	refusedUncertain:   "the connection broke before it came back, so it may or may not have arrived",
}
