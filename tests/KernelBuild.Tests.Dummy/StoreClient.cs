using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KernelBuild.Artifacts;
using KernelBuild.Host.Files;

namespace KernelBuild.Tests.Dummy;

/// <summary>Clients of an artifact store, at work until they are killed. What a key's files hold is known from the key alone.</summary>
internal static class StoreClient
{
    private const int Keys = 24;

    /// <summary>Prints a line for each answer: hit, put, or what is wrong.</summary>
    /// <param name="clients">At once in this process.</param>
    public static Task RunAsync(string address, int seed, int clients, string scratch) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(client => RunOneAsync(address, seed, client, scratch)));

    private static async Task RunOneAsync(string address, int seed, int client, string scratch)
    {
        using var store = StoreAddress.Open(address, new CacheFolder(scratch));
        var random = new Random((seed * 1000) + client);
        var own = Path.Combine(scratch, string.Create(CultureInfo.InvariantCulture, $"{seed}.{client}"));
        while (true)
        {
            var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"key {random.Next(Keys)}")));
            var target = Path.Combine(own, "fetched");
            var fetched = await store.FetchAsync(key, target, CancellationToken.None);
            if (fetched.Damage is { } damage)
            {
                Console.WriteLine("DAMAGE " + damage.Message);
            }
            else if (fetched.Entry is not null)
            {
                var right = Contents(key).All(file =>
                    File.ReadAllBytes(Path.Combine(target, file.Name)).AsSpan().SequenceEqual(file.Bytes));
                Console.WriteLine(right ? "hit" : "WRONG " + key);
            }
            else
            {
                var made = Path.Combine(own, "made");
                Directory.CreateDirectory(made);
                foreach (var (name, bytes) in Contents(key))
                {
                    await File.WriteAllBytesAsync(Path.Combine(made, name), bytes);
                }

                await store.PutAsync(key, made, Contents(key).Select(file => file.Name), [], replace: false, CancellationToken.None);
                Console.WriteLine("put");
            }
        }
    }

    /// <summary>Three files; the second is the same for all keys, as blobs are shared.</summary>
    private static IEnumerable<(string Name, byte[] Bytes)> Contents(string key)
    {
        yield return ("Image", Repeated(key, 300_000));
        yield return ("config", Repeated("shared", 20_000));
        yield return ("manifest.json", Encoding.UTF8.GetBytes(key));
    }

    private static byte[] Repeated(string text, int length) =>
        [.. Enumerable.Repeat(Encoding.UTF8.GetBytes(text), (length / text.Length) + 1).SelectMany(bytes => bytes).Take(length)];
}
