// A mail server of a few lines (RFC 5321: EHLO, MAIL, RCPT, DATA, RSET, QUIT), run as a process of its own so that a
// test can take it down, hang it and kill it in the middle of a mail. Usage: Identity.SmtpServer PORT FOLDER MODE MODE:
// take stores every mail in FOLDER, durably, before it answers 250 silent accepts connections and says nothing stall
// begins to read a mail, leaves FOLDER/stalled.mark, and says nothing more stall-at-dot reads a mail to its end, leaves
// FOLDER/stalled.mark, and neither stores it nor answers later answers 451 to every recipient never answers 550 to
// every recipient
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

var (folder, mode, mails) = (args[1], args[2], 0);
using var listener = new TcpListener(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture));
listener.Start();
File.WriteAllText(Path.Combine(folder, "ready.mark"), mode);
while (true)
    _ = ServeAsync(await listener.AcceptTcpClientAsync());

async Task ServeAsync(TcpClient client)
{
    using (client)
    {
        try
        {
            await TalkAsync(
                new StreamReader(client.GetStream(), Encoding.Latin1),
                new StreamWriter(client.GetStream(), Encoding.ASCII) { AutoFlush = true, NewLine = "\r\n" }
            );
        }
        catch (IOException lost)
        {
            await Console.Error.WriteLineAsync(lost.Message);
        }
    }
}

async Task TalkAsync(StreamReader reader, StreamWriter writer)
{
    if (mode == "silent")
        await Task.Delay(Timeout.Infinite);
    await writer.WriteLineAsync("220 test ESMTP");
    while (await reader.ReadLineAsync() is { } line)
    {
        switch (line.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "RCPT" when mode == "later":
                await writer.WriteLineAsync("451 4.3.0 later");
                break;
            case "RCPT" when mode == "never":
                await writer.WriteLineAsync("550 5.1.1 no such mailbox");
                break;
            case "EHLO" or "HELO" or "MAIL" or "RCPT" or "RSET" or "NOOP":
                await writer.WriteLineAsync("250 ok");
                break;
            case "DATA":
                await TakeAsync(reader, writer);
                break;
            case "QUIT":
                await writer.WriteLineAsync("221 bye");
                return;
            default:
                await writer.WriteLineAsync("502 unknown");
                break;
        }
    }
}

async Task TakeAsync(StreamReader reader, StreamWriter writer)
{
    await writer.WriteLineAsync("354 go on");
    var mail = new StringBuilder();
    while (await reader.ReadLineAsync() is { } line && line != ".")
    {
        mail.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        if (mode == "stall")
            await StallAsync();
    }
    if (mode == "stall-at-dot")
        await StallAsync();
    var name = $"{Environment.ProcessId}-{Interlocked.Increment(ref mails):D6}";
    await using (var file = new FileStream(Path.Combine(folder, name + ".part"), FileMode.CreateNew))
    {
        await file.WriteAsync(Encoding.Latin1.GetBytes(mail.ToString()));
        file.Flush(flushToDisk: true);
    }
    File.Move(Path.Combine(folder, name + ".part"), Path.Combine(folder, name + ".eml"));
    await writer.WriteLineAsync("250 2.0.0 taken");
}

async Task StallAsync()
{
    await File.WriteAllTextAsync(Path.Combine(folder, "stalled.mark"), mode);
    await Task.Delay(Timeout.Infinite);
}
