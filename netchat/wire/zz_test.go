package wire
import ("testing";"strings";"github.com/homeroomchat/homeroom/netchat")
func BenchmarkZZCommand(b *testing.B){ b.ReportAllocs()
 f:=[]byte(`{"type":"message","id":"0123456789abcdef0123456789abcdef","to":["0123456789abcdef0123456789abcdef"],"text":"`+strings.Repeat("今天天气不错 ", 8)+`"}`)
 for b.Loop(){ DecodeCommand(f) } }
func BenchmarkZZServer(b *testing.B){ b.ReportAllocs()
 e:=goldenEvent(); f,_:=EncodeEvent(e)
 for b.Loop(){ DecodeServer(f) } }
func BenchmarkZZRoster(b *testing.B){ b.ReportAllocs()
 ms:=make([]netchat.Member,5000); for i:=range ms { ms[i]=netchat.Member{ID:"00112233445566778899aabbccddeeff",Label:"00112233",Name:"诸葛亮",Rich:true,Presence:"present"}}
 f,_:=EncodeServer(ServerFrame{Type:"roster",Roster:FromRoster(netchat.Roster{Members:ms})})
 b.SetBytes(int64(len(f)))
 for b.Loop(){ DecodeServer(f) } }
