using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace KernelBuild.Testing.Phones;

/// <summary>
/// A machine without adb: OpenSSH's sshd on a port of its own, with keys of its own; and an ssh that knows it by the name "board", which is the
/// host's ssh with a configuration of the test.
/// </summary>
public sealed class SshServer : IDisposable
{
    public const string Host = "board";

    private readonly Process _server;
    private bool _isEnded;

    /// <param name="files">Where its keys and its configuration go.</param>
    /// <param name="root">The variable R of the scripts.</param>
    /// <param name="programs">A folder that is first on its PATH.</param>
    public SshServer(TestFolder files, string root, string programs)
    {
        var port = Loopback.FreePort().ToString(CultureInfo.InvariantCulture);
        foreach (var key in (string[])["host", "user"])
        {
            files.Folder("ssh");
            Oracle.Run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", files["ssh/" + key]]);
        }

        files.Write("ssh/known_hosts", $"[127.0.0.1]:{port} {File.ReadAllText(files["ssh/host.pub"])}");
        var server = files.Write("ssh/sshd_config", $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {files["ssh/host"]}
            AuthorizedKeysFile {files["ssh/user.pub"]}
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PidFile none
            SetEnv R={root} PATH={programs}:/usr/bin:/bin

            """);
        var client = files.Write("ssh/config", $"""
            Host {Host}
              HostName 127.0.0.1
              Port {port}
              User {Environment.UserName}
              IdentityFile {files["ssh/user"]}
              IdentitiesOnly yes
              UserKnownHostsFile {files["ssh/known_hosts"]}

            """);
        Programs = Path.GetDirectoryName(files.Script("ssh/bin/ssh", $"exec {Find("ssh")} -F {client} \"$@\""))!;
        if (Environment.IsPrivilegedProcess)
        {
            // where sshd puts itself before it knows who asks; a service's unit makes it otherwise
            Directory.CreateDirectory("/run/sshd");
        }

        _server = Process.Start(new ProcessStartInfo(Find("sshd"), ["-D", "-e", "-f", server]) { RedirectStandardError = true })!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        WaitFor(int.Parse(port, CultureInfo.InvariantCulture));
    }

    /// <summary>A folder with the ssh that knows the machine, for the front of PATH.</summary>
    public string Programs { get; }

    public void Dispose()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        _server.Kill(entireProcessTree: true);
        _server.WaitForExit();
        _server.Dispose();
    }

    private static string Find(string program) => ((string[])["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"])
        .Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static void WaitFor(int port)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient("127.0.0.1", port);
                return;
            }
            catch (SocketException) when (tries < 200)
            {
                Thread.Sleep(50);
            }
        }
    }
}
