using System.Net;
using System.Net.Sockets;

namespace KernelBuild.Testing;

public static class Loopback
{
    /// <summary>A port of 127.0.0.1 on which nothing listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
