package main

// chineseTexts never changes.
var chineseTexts = texts{
	helpProgram: `homeroom-cli：局域网聊天室，无需窗口

  homeroom-cli host    在本机开一个房间
  homeroom-cli join    在终端或脚本里加入房间聊天
  homeroom-cli find    列出本网络上的房间
  homeroom-cli log     输出在本机主持过的房间的聊天内容
  homeroom-cli export  把它导出为纯文本、网页或 JSON 行
  homeroom-cli verify  检查它是否与保存时一致
  homeroom-cli backup  备份，房间可以正开着
  homeroom-cli known   列出已记住密钥的房间
  homeroom-cli forget  忘记某个房间的密钥

  homeroom-cli 命令 --help      某个命令的用法
  homeroom-cli --version
  --lang en|zh-Hans             可用于任何命令；默认取
                                LC_ALL、LC_MESSAGES 或 LANG 的语言

退出码：0 成功，1 失败（stderr 上有一句说明），2 用法错误。`,
	helpHost: `homeroom-cli host [选项]：开一个房间并保持开放

  --room 名称         房间的名称（默认：按用户名）
  --listen 地址:端口  监听的地址；若被占用则报错。
                      默认：所有地址，端口 8000 或其后第一个空闲端口
  --data 目录         把房间的密钥和消息保存在此目录；已有的房间会接着
                      用（默认：应用的目录）。新来的人只看到从现在起的消息
  --memory            什么都不保存
  --app-only          只允许 Homeroom 应用加入，全部内容都加密；
                      浏览器和旧程序会被拒绝
  --no-announce       不在网络上公布此房间
  --rate N|off        每个成员每秒可发送的消息数（默认 20）
  --hostname 主机名   浏览器可用来访问本机的其他名称；可多次给出
  --json              每行一个 JSON 对象

房间就绪后输出 "listening on 地址:端口"。按 Ctrl-C 或收到 SIGTERM 时关闭
房间并通知所有人。`,
	helpJoin: `homeroom-cli join 目标 --name 名字 [选项]：加入房间聊天

目标可以是地址（主机、主机:端口 或 ws://主机:端口/ws），也可以是本网络上
某个房间的名称，或房间码，或链接 http://地址:端口/#房间码。

  --name 名字   别人看到的名字
  --code 房间码 只加入有这个房间码的房间，无论它在哪里
  --data 目录   把你的密钥、房间的密钥、聊天记录和尚未发出的消息保存在此目录，
                下次仍是同一个人，不会漏掉消息，有人冒充主持人时也能发现
                （默认：临时密钥，什么都不记住）
  --json        输入和输出都是每行一个 JSON 对象

输入：{"type":"public","content":"...","id":"32 位十六进制，可省略"}
      {"type":"private","to":"id 或名字","content":"...","id":"可省略"}
      {"type":"rename","name":"..."}
输出：消息（type 为 public、private 或 system）、ack、refused、state、roster、
      gap（两处之间、即 after 与 before 之间，主持人那里已没有的消息）

输入结束后，先把还没发出的发完，再离开，退出码为 0；若有消息被拒收或未能发出，则为 1。
输入须为 UTF-8 编码。`,
	helpFind: `homeroom-cli find [选项]：列出本网络上的房间，找到一个输出一个

  --for 时长   查找多久（默认 3s）
  --json       每个房间一个 JSON 对象：room_id, name, addrs, port, host,
               members；says：房间自称的情况（tls, code, app_only）

这里列出的都只是自称，未经证实：只有用主持人出示的房间码加入，才能确认是哪个房间。`,
	helpChat: `直接输入的一行发给所有人。
  @ID 内容     私聊，用列表里的 ID
  @名字 内容   私聊，用名字；主持人也能看到
  /who         谁在这里
  /name 名字   改用另一个名字
  /code        连接是否受保护，以及房间码
  /help        显示本说明
  exit         离开
  //内容       发给所有人，内容以一个斜杠开头`,

	usageHint:           `用法见 "homeroom-cli --help"`,
	usageNoCommand:      "缺少命令：host、join、find、log、export 或 verify",
	usageUnknownCommand: "没有命令 %q",
	usageLanguage:       "没有语言 %q：可用 en 或 zh-Hans",
	usageFlags:          "%s",
	usageArguments:      "多了一个参数 %q",
	usageTarget:         "缺少要加入的房间：一个地址，或本网络上房间的名称",
	usageName:           "必须给出 --name：不能为空白，须为有效的 UTF-8，最多 %d 字节",
	usageRoomName:       "--room 不能为空白，须为有效的 UTF-8，最多 %d 字节",
	usageRate:           "--rate 是大于 0 的每秒消息数，或 off，不能是 %q",
	usageListen:         "--listen 的形式是 地址:端口，不能是 %q",
	usageDataMemory:     "--data 和 --memory 不能同时使用",
	usageFor:            "--for 是一段时间，如 3s，大于 0 且最多 %s",

	failUnknown:       "失败：%s",
	failUnreached:     "%s 没有应答",
	failUnread:        "输出没有被读完",
	failProtocol:      "主机发来了不合规则或超出限制的内容：它可能出了故障，也可能怀有恶意",
	failNotARoom:      "%s 上应答的不是聊天室",
	failRoomClosed:    "主持人关闭了房间",
	failTakenOver:     "同一身份已在别处加入",
	failBadHello:      "房间不接受这个名字",
	failFull:          "房间已满",
	failAddressFull:   "从你所在的网络地址加入的人太多，剩下的座位留给其他地址的人",
	failLost:          "连接断开：%s",
	failListen:        "无法在 %s 上监听：%s",
	failBusy:          "%s 正被另一个 Homeroom 使用",
	failLostDevice:    "各个房间用来认出你的密钥不见了：%s。如果有备份，请把它放回去；若要以新身份继续，请把目录 %s 移到别处",
	failLostRoom:      "房间的密钥不见了：%s，而房间里说过的内容还在。如果有备份，请把密钥放回去；若要用这个名称另开一个房间（不会被当作原来的房间），请把目录 %s 移到别处",
	failData:          "无法在 %s 中保存任何内容：%s；可用 --data 指定别的目录",
	failNoHome:        "这个用户没有可以保存数据的主目录（HOME 未设置）；请用 --data 指定目录",
	failDamaged:       "密钥文件已损坏，未作改动：%s",
	failUnsent:        "未能发出的消息数：%d",
	failNoRoom:        "本网络上没有名为 %q 的房间，也没有这个名字的机器",
	failManyRooms:     "有多个房间名为 %q，请改用地址：%s",
	failOtherRoom:     "这个地址现在是另一个房间",
	failInterrupted:   "加入房间之前被中断",
	failDiskFull:      "磁盘已满，无法保存房间的消息",
	failNotOurs:       "房间的消息是由别的程序或更新版本的程序写的，未作改动",
	failNoAddress:     "这不是一个地址：请按主持人屏幕上显示的样子输入，例如 192.168.1.20:8000",
	failBadIP:         "这不是一个地址：地址由四个 0 到 255 之间的数字组成，中间用点隔开，例如 192.168.1.20:8000",
	failBadPort:       "地址中冒号后面的端口应是 1 到 65535 之间的数字",
	failSecureAddress: "聊天室没有 https 地址：请改用 http，或只输入主持人屏幕上显示的内容，例如 192.168.1.20:8000",

	noteNothingLeft: "保存消息的文件有损坏，其中什么都无法读取，房间重新开始；损坏的文件保留为 %s",
	noteWhole:       "保存消息的文件有损坏；%d 条消息都能读取；损坏的文件保留为 %s",
	noteRepaired:    "磁盘上的消息有损坏：至少丢失 %d 条，完好 %d 条；损坏的文件保留为 %s",
	noteKept:        "聊天内容保存在 %s；已有消息：%d 条",
	noteTemporary:   "%s 正被另一个 Homeroom 使用，本房间用临时密钥，什么都不保存",
	noteJoinWith:    "其他人这样加入：homeroom-cli join %s --name 名字",
	noteNotStored:   "这台电脑的磁盘已满或拒绝写入：问题解决之前谁都不能发言（%v）",
	noteStored:      "消息又可以保存了",
	noteCrowded:     "座位紧张：已占 %d 个（共 %d 个），占用最多的地址：%s。其他地址的人仍可加入；如果那里不该有人来，就是有人在占座",
	noteDescriptors: "系统不允许本程序打开更多连接，在有人离开之前新来的人会被拒绝；请提高可打开文件数的上限（ulimit -n）后重新开设房间",
	noteRoomAgain:   "又有空余的座位和连接了",
	noteOnlyHere:    "只有本机能加入此房间",
	noteNoRooms:     "没有找到房间",
	noteRefused:     "房间拒收的消息数：%d",
	defaultRoomName: "%s的房间",

	chatJoinedRoom:   "你是 %s，在 %s，主持人 %s。输入 /help 查看用法。",
	chatJoinedServer: "你是 %s。输入 /help 查看用法。",
	chatHere:         "在线人数：%d",
	chatPublic:       "[群聊] %s：%s",
	chatPrivate:      "[私聊] %s 发给 %s：%s",
	chatSystem:       "[系统] %s",
	chatCame:         "%s 进入聊天室",
	chatLeft:         "%s 已离开",
	chatLost:         "连接断开，正在重新连接。你写的会在恢复后发送。",
	chatBack:         "连接已恢复。",
	chatGap:          "这里缺少一些消息：主持人那里已经没有这段时间说过的内容。",
	chatBackMissed:   "连接已恢复。这里可能缺少较早的消息。",
	chatWaits:        "等连接恢复后发送：%d 条",
	chatHowPrivate:   "私聊的写法：@ID 内容，或 @名字 内容。主持人也能看到。",
	chatNobody:       "这里没有 %s。什么都没有发送；/who 显示谁在这里。",
	chatSeveral:      "有多个人名为 %s。什么都没有发送；请用 ID：%s",
	chatTooLong:      "超过 %d 字节，什么都没有发送。",
	chatRefused:      "一条消息没有被接受：%s",
	chatYou:          "%s（你）",
	chatRenamed:      "%s 改名为 %s",
	chatYouRenamed:   "你已改名为 %s",
	chatNotRenamed:   "没有改名为 %s：%s",
	chatNoRename:     "这个房间不支持改名。可以离开后用新名字重新加入。",
	chatHowName:      "改名的写法：/name 名字",
	chatNoCommand:    "没有 %s 这个命令，什么也没有发送。/help 列出所有命令；@名字 内容 可以私聊。消息本身以斜杠开头时，请打两个斜杠：//",
	chatBadName:      "名字不能为空白，须为有效的 UTF-8，最多 %d 字节。没有改名。",

	helpKnown: `homeroom-cli known [--data 目录]：列出已记住密钥的房间：编号、名称、主持人、
是否核对过房间码、最后一次加入的时间

  --data 目录   join --data 用的目录（默认：应用的目录）
  --codes       同时列出每个房间的房间码；每个房间要稍等片刻

用房间码加入（join --code）的房间从此算作已核实。`,
	helpForget: `homeroom-cli forget 房间 [--data 目录]：忘记某个房间的密钥，按名称、编号的开头或
房间码。只有当主持人确认房间换了新密钥时才这样做。

  --data 目录   join --data 用的目录（默认：应用的目录）`,
	usageCode:         "房间码有 11 个字母和数字，前面可能还有 2 到 10 个，与主持人屏幕上显示的一样，例如 ABCDE-FGHJK-J",
	usageForget:       "缺少要忘记的房间：名称、编号的开头或房间码",
	failChangedKnown:  "停止：应答的不是你认识的房间 %q（主持人 %s）。它的密钥不同：要么主持人换了电脑，要么有人在冒充主持人。没有发送你的名字，也没有发送消息。请询问主持人：用主持人屏幕上的房间码加入（--code 房间码），或忘记原来的房间（homeroom-cli forget %s）",
	failChangedKey:    "停止：应答者的密钥与该房间应有的密钥不同，可能有人在冒充主持人。没有发送你的名字，也没有发送消息",
	failWrongCode:     "没有使用这个房间码的房间应答：请再看一下主持人屏幕上的房间码，或同时给出房间的地址",
	failNoTLS:         "停止：该房间本应加密，但这个连接没有加密。可能有人在窃听或冒充该房间。没有发送你的名字，也没有发送消息",
	failStripped:      "停止：那里有一个聊天室在不加密地应答，而 Homeroom 主机不会这样，可能有人在冒充。对方得知了你的名字，此外没有发送任何内容",
	failSlow:          "对方在线，但收不到应答：网络太慢，或被防火墙、路由器阻挡",
	failBusyHost:      "主机在线，但目前来自本网络地址的连接太多，请稍后再试",
	noteStillJoining:  "仍在加入：网络很慢，或连接受到阻挡（按 Ctrl-C 放弃）",
	failNotKnown:      "没有已知的房间 %q",
	failManyKnown:     "有多个名为 %q 的房间，请给出编号：%s",
	noteCode:          "房间码，供其他人核对：%s",
	noteInvite:        "看到它的人可以这样加入：homeroom-cli join --code %s --name 名字",
	noteAppOnly:       "只允许 Homeroom 应用加入：全部内容在网络上都加密传输",
	noteOpen:          "未加密：这个服务器不支持加密，网络上的任何人都能看到这里的内容，包括私聊",
	noteVerified:      "已加密；已核实：这就是那个房间码对应的房间",
	noteKnown:         "已加密；与以前是同一个房间",
	noteFirst:         "已加密；第一次来这里，请核对：主持人的屏幕上应显示房间码 %s",
	noteKnownDamaged:  "已知房间的列表无法读取，已被移到一边，因此所有房间都算作新的：%s",
	noteNoKnown:       "没有已知的房间",
	noteForgotten:     "已忘记：%s",
	knownSeen:         "以前见过",
	knownVerified:     "已核实",
	chatOpenMember:    "未加密",
	chatWaiting:       "上次没有发出、现在发送的消息：%d 条",
	chatNotKept:       "这台电脑无法保存这里的聊天记录：磁盘已满或拒绝写入。聊天照常进行。",
	chatAside:         "保存的聊天记录已损坏，原文件保留为 %s，现在重新开始保存。",
	chatKept:          "这台电脑又可以保存聊天记录了。",
	chatOpen:          "未加密：网络上的任何人都能看到这里的内容，包括私聊。没有可核对的房间码。",
	chatVerified:      "已加密，已核实：这就是房间码为 %s 的房间。",
	chatSeenBefore:    "已加密；与以前是同一个房间。还没有人核对过房间码：主持人的屏幕上应显示 %s。",
	chatFirst:         "已加密；你第一次来这里，请核对：主持人的屏幕上应显示房间码 %s。",
	chatStranger:      "现在应答者的密钥与这个房间的不同，可能有人在冒充主持人。不会向它发送任何内容，仍在尝试。",
	chatNoTLS:         "现在应答者没有加密，而这个房间是加密的。不会向它发送任何内容，仍在尝试。",
	failAppOnly:       "房间只允许应用以加密连接加入，而途中有东西阻止了加密",
	usageMistypedCode: "请检查房间码：有一个字符输错或漏掉了",
	failUncheckedCode: "没有使用这个房间码的房间应答。可能漏了一个字符：请再看一下主持人屏幕上的房间码，它至少有 11 个字符，或同时给出房间的地址",
	failCodeOrName:    "没有房间使用房间码 %s，但有房间叫这个名字：如果要加入的是它，请使用它的地址：%s",
	failNoRoomOrCode:  "本网络上没有名为 %q 的房间，也没有这个名字的机器。如果这是房间码，则有一个字符输错或漏掉了",

	helpLog: `homeroom-cli log [房间] [选项]：输出在本机主持过的房间里说过的内容

房间用名称或编号的开头指定；只有一个时可以省略。房间可以正开着。

  --data 目录   host --data 用的目录（默认：应用的目录）
  --json        每行一个 JSON 对象：seq, epoch, id, kind, audience, from,
                content, sender_name, timestamp

audience 为 "all"、"hosts" 或收信人编号的列表。私聊也在其中。`,
	helpExport: `homeroom-cli export [房间] [选项]：导出在本机主持过的房间里说过的内容

房间用名称或编号的开头指定；只有一个时可以省略。房间可以正开着。

  --data 目录     host --data 用的目录（默认：应用的目录）
  --format text|html|jsonl
                  纯文本；单个文件的网页，可在浏览器中阅读和打印；或与
                  log --json 相同的 JSON 行（默认：text）
  -o 文件         写到哪里；写完整之后文件才会出现。链接保持不变，写入它指向的
                  文件；设备和管道则直接写入（默认：-，即标准输出）
  --force         覆盖已经存在的文件

私聊也在其中，并标明发给谁。`,
	helpVerify: `homeroom-cli verify [房间] [选项]：检查在本机主持过的房间的内容是否与保存时一致：
没有改动，也没有缺失

房间用名称或编号的开头指定；只有一个时可以省略。房间可以正开着。

  --data 目录   host --data 用的目录（默认：应用的目录）

完好则退出码为 0；否则为 1，并指出第一条有问题的消息。`,
	helpBackup: `homeroom-cli backup [房间] -o 文件 [选项]：备份在本机主持过的房间的内容

房间用名称或编号的开头指定；只有一个时可以省略。房间可以正开着。文件要么完整，要么不存在；
如果房间目录里的 log.db 丢失，可以连同房间的密钥一起用它恢复。链接保持不变，写入它指向的
文件；设备和管道则直接写入；- 表示标准输出。

  --force       覆盖已经存在的文件
  --data 目录   host --data 用的目录（默认：应用的目录）`,
	usageBackup:         "缺少 -o 文件：备份写到哪里",
	usageBackupTerminal: "备份不是可以显示在终端里的文本：请用 -o 文件，或把输出重定向到文件或程序",
	backedUp:            "%s：%d 条消息，已写入 %s",
	usageFormat:         "只能是 text、html 或 jsonl",
	failNoneHosted:      "目录 %s 里没有主持过的房间",
	failNotHosted:       "没有在本机主持过房间 %q",
	failManyHosted:      "在本机主持过多个房间，请指定其中一个：%s",
	failUnreadable:      "无法读取 %s 的消息：%s",
	failAltered:         "%s 的消息已损坏（%s）；再次主持此房间会保留完好的部分，并把损坏的文件放到一边",
	failStopped:         "完成之前被中断",
	failOutput:          "无法写入输出：%s",
	failUnwritten:       "无法写入 %s：%s",
	failExists:          "%s 已经存在，未作改动；用 --force 可以覆盖它",
	failKeptFile:        "%s 未作改动",
	failOwnFile:         "%s 位于房间自己的目录里；请选择别的位置",
	failUTF16:           "输入是 UTF-16 编码；必须是 UTF-8",
	askReplace:          "%s 已经存在，要覆盖吗？[y/N]",
	whyNoFolder:         "目录不存在",
	whyForbidden:        "没有写入权限",
	whyReadOnly:         "磁盘是只读的",
	whyFull:             "磁盘已满",
	whyFolder:           "它是一个目录",
	whyGone:             "读取的一方已经关闭",
	whyStopped:          "完成之前被中断",
	verifyWhole:         "%s：与保存时一致，共 %d 条消息",
	transcriptLang:      "zh-Hans",
	transcriptSaved:     "截至 %s",
	transcriptEmpty:     "没有消息。",
	transcriptErased:    "[已删除]",
	transcriptHosts:     "仅主持人可见",
	transcriptPrivate:   "私聊给 %s",
	transcriptComma:     "、",

	refusedTooLong:     "太长",
	refusedNoRecipient: "收信人已不在这里",
	refusedInvalid:     "房间看不懂",
	refusedUnknownType: "房间不认识这种消息",
	refusedNotStored:   "主机无法保存",
	refusedUncertain:   "连接在它返回之前断开，可能已送达，也可能没有",
}
