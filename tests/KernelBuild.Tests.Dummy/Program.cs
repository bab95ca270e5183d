using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Git.Repositories;
using KernelBuild.Host.Files;
using KernelBuild.Host.Prerequisites;
using KernelBuild.Host.Processes;
using KernelBuild.Host.Reporting;
using KernelBuild.Tests.Dummy;

// A verb for each thing that only another process can do for a test.
switch (args)
{
    case ["arguments", .. var rest]:
        // each between NULs: they may hold anything else
        await Console.Out.WriteAsync(string.Concat(rest.Select(argument => argument + "\0")));
        return 0;

    case ["environment"]:
        foreach (var name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            await Console.Out.WriteLineAsync($"{name}={Environment.GetEnvironmentVariable(name)}");
        }

        return 0;

    case ["flood", var lines]:
        // both streams at once, more than any pipe holds
        var count = int.Parse(lines, System.Globalization.CultureInfo.InvariantCulture);
        Parallel.Invoke(() => Flood(Console.OpenStandardOutput(), 'o', count), () => Flood(Console.OpenStandardError(), 'e', count));
        return 0;

    case ["parent", var script]:
        // runs a shell script as a build runs make; the test kills this process
        await new Command("sh").WithArguments("-c", script).RunAsync(CancellationToken.None);
        return 0;

    case ["hold", var root, var device]:
        // holds a device's lock until it is killed
        using (DeviceLock.Take(new DeviceFolders(root, device)))
        {
            await Console.Out.WriteLineAsync("held");
            await Task.Delay(Timeout.Infinite);
        }

        return 0;

    case ["fetch", var file, var mode]:
        // a fetch in an environment of the test's own
        var build = DeviceBuild.Load(file);
        var cache = CacheFolder.FromEnvironment();
        var store = await GitStore.OpenAsync(cache.Store, CancellationToken.None);
        try
        {
            await new FetchStage(
                build.SourceRequest, LockFile.Load(build.LockFile), new BuildOptions { Locked = mode == "locked" }, cache, store,
                new ConsoleLog()).RunAsync(CancellationToken.None);
            return 0;
        }
        catch (DiagnosticException e)
        {
            await Console.Out.WriteLineAsync(e.Message);
            return 1;
        }

    case ["install", var package]:
        // wants what no installation brings
        try
        {
            await Prerequisites.EnsureAsync(
                [new Prerequisite(package, () => false)], new BuildOptions(), new ConsoleLog(), CancellationToken.None);
            return 0;
        }
        catch (DiagnosticException e)
        {
            await Console.Out.WriteLineAsync(e.Message);
            return 1;
        }

    case ["store", var address, var seed, var clients, var scratch]:
        await StoreClient.RunAsync(
            address, int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture),
            int.Parse(clients, System.Globalization.CultureInfo.InvariantCulture), scratch);
        return 0;

    default:
        await Console.Error.WriteLineAsync("unknown verb: " + string.Join(' ', args));
        return 2;
}

static void Flood(Stream stream, char letter, int count)
{
    using var writer = new StreamWriter(stream);
    for (var line = 0; line < count; line++)
    {
        writer.WriteLine(new string(letter, 99));
    }
}
