using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KernelBuild.Testing.Phones;

namespace KernelBuild.Tests.Flashing;

/// <summary>An adb server of the tests' own, beside the user's; ended with them.</summary>
public sealed class AdbHost : IDisposable
{
    public AdbHost()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        Environment.SetEnvironmentVariable(
            "ANDROID_ADB_SERVER_PORT", ((IPEndPoint)free.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
    }

    public static bool IsInstalled => Oracle.IsInstalled("adb");

    public static void Connect(AdbServer server) => Oracle.Run("adb", ["connect", server.Serial]);

    public static void Disconnect() => Oracle.Run("adb", ["disconnect"]);

    public void Dispose()
    {
        if (IsInstalled)
        {
            Oracle.Run("adb", ["kill-server"]);
        }
    }
}
