using System.Diagnostics;
using System.Globalization;
using System.Text;
using KernelBuild.BootImages.Boot;
using KernelBuild.BootImages.Ramdisks;
using KernelBuild.Compression.Codecs;
using KernelBuild.Host.Processes;
using KernelBuild.Testing;
using KernelBuild.Testing.EndToEnd;

namespace KernelBuild.Benchmarks;

/// <summary>
/// Edits and undoes inputs of a device in seeded random order, builds after every step, and compares boot.img with what the
/// inputs as they are now must give, which is computed here from the inputs alone. One stale result is a failure.
/// </summary>
internal sealed class Staleness : IDisposable
{
    private readonly MiniKernel _mini = new();
    private readonly Random _random;
    private readonly string _sdk;
    private readonly string _tools;
    private readonly Stack<Action> _undo = new();

    // the inputs as they are now
    private int _patch = 11;
    private int _level = 1;
    private bool _fast = true;
    private string _commandLine = "console=ttyAMA0";
    private string _user = "kernelbuild";
    private string _clang = "";
    private readonly SortedDictionary<string, string> _ramdisk = new(StringComparer.Ordinal) { ["init"] = "#!/bin/sh\n" };

    private Staleness(int seed)
    {
        _random = new Random(seed);
        _sdk = _mini.PathOf("sdk");
        _tools = _mini.PathOf("toolchain");
    }

    public static async Task<int> RunAsync(int steps, int seed)
    {
        using var run = new Staleness(seed);
        return await run.RunStepsAsync(steps);
    }

    public void Dispose() => _mini.Dispose();

    private async Task<int> RunStepsAsync(int steps)
    {
        await PrepareAsync();
        var rebuilt = 0;
        var skipped = new List<double>();
        for (var step = 0; step <= steps; step++)
        {
            var what = step == 0 ? "first build" : Change();
            var watch = Stopwatch.StartNew();
            var result = await _mini.BuildAsync();
            watch.Stop();
            if (result.ExitCode != 0)
            {
                Console.WriteLine($"step {step} ({what}): the build failed\n{result.Output}");
                return 1;
            }

            if (result.Output.Contains("is up to date", StringComparison.Ordinal))
            {
                skipped.Add(watch.Elapsed.TotalSeconds);
            }
            else
            {
                rebuilt++;
            }

            if (await StaleAsync() is { } difference)
            {
                Console.WriteLine($"step {step} ({what}): STALE: {difference}\n{result.Output}");
                return 1;
            }

            if (step % 50 == 0)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{step} steps, {rebuilt} builds, {skipped.Count} up to date"));
            }
        }

        skipped.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{steps} steps: {rebuilt} builds, {skipped.Count} up to date (median "
            + $"{(skipped.Count > 0 ? skipped[skipped.Count / 2] : 0):0.000} s), 0 stale results"));
        return 0;
    }

    private async Task PrepareAsync()
    {
        await _mini.PublishAsync();
        var source = Path.Combine(Repository.Root, "src", "KernelBuild.Sdk", "Sdk");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            _mini.Write(Path.Combine("sdk", Path.GetRelativePath(source, file)), await File.ReadAllTextAsync(file));
        }

        Directory.CreateDirectory(_tools);
        _clang = await ClangVersionAsync("clang-19");
        WriteProject();
    }

    /// <summary>One change: an edit, an undo of an earlier one, or a touch that changes nothing.</summary>
    private string Change()
    {
        switch (_random.Next(12))
        {
            case 0:
                return Edit(
                    "patch", _patch, value => _patch = value, _random.Next(100, 120),
                    () => _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, _patch)));
            case 1:
                return Edit("fragment value", _level, value => _level = value, _random.Next(1, 5), WriteFragment);
            case 2:
                return Edit("fragment symbol", _fast, value => _fast = value, !_fast, WriteFragment);
            case 3:
                return Edit("project", _commandLine, value => _commandLine = value, "console=ttyAMA" + _random.Next(3), WriteProject);
            case 4:
                return Edit("SDK", _user, value => _user = value, "user" + _random.Next(3), WriteSdk);
            case 5:
                return EditToolchain();
            case 6:
                return EditRamdisk("ramdisk file", "init", "#!/bin/sh\n# " + _random.Next(4) + "\n");
            case 7:
                return EditRamdisk("new ramdisk file", "extra" + _random.Next(3), _random.Next(2) == 0 ? null : "extra\n");
            case 8 or 9 when _undo.Count > 0:
                _undo.Pop()();
                return "undo";
            case 10:
                return Disguised();
            default:
                return Touch();
        }
    }

    private string Edit<T>(string what, T old, Action<T> set, T value, Action write)
    {
        set(value);
        write();
        _undo.Push(() =>
        {
            set(old);
            write();
        });
        return $"{what} = {value}";
    }

    private string EditRamdisk(string what, string name, string? content)
    {
        var old = _ramdisk.GetValueOrDefault(name);
        void Write(string? text)
        {
            var path = _mini.PathOf("kernels/mini/ramdisk/" + name);
            if (text is null)
            {
                _ramdisk.Remove(name);
                File.Delete(path);
            }
            else
            {
                _ramdisk[name] = text;
                File.WriteAllText(path, text);
            }
        }

        Write(content);
        _undo.Push(() => Write(old));
        return $"{what} {name} = {content?.Trim()}";
    }

    /// <summary>A wrapper that is found before the real compiler, or its removal.</summary>
    private string EditToolchain()
    {
        var wrapper = Path.Combine(_tools, "clang-19");
        var old = _clang;
        var text = File.Exists(wrapper) ? File.ReadAllText(wrapper) : null;
        void Write(string? script, string version)
        {
            _clang = version;
            if (script is null)
            {
                File.Delete(wrapper);
                return;
            }

            File.WriteAllText(wrapper, script);
            File.SetUnixFileMode(wrapper, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (text is not null && _random.Next(2) == 0)
        {
            Write(null, ClangVersionAsync("clang-19").GetAwaiter().GetResult());
        }
        else
        {
            var name = "clang version 19.wrapped" + _random.Next(3);
            Write($"#!/bin/sh\n[ \"$1\" = --version ] && echo '{name}' && exit\nexec /usr/bin/clang-19 \"$@\"\n", name);
        }

        _undo.Push(() => Write(text, old));
        return "toolchain " + _clang;
    }

    /// <summary>Same size, same modification time, other content: what no comparison of times and sizes sees.</summary>
    private string Disguised()
    {
        var path = _mini.PathOf("patches/tune/0001-tune.patch");
        var time = File.GetLastWriteTimeUtc(path);
        var result = Edit(
            "disguised patch", _patch, value => _patch = value, _patch >= 100 ? _random.Next(100, 120) : _random.Next(10, 20),
            () => _mini.Write("patches/tune/0001-tune.patch", MiniKernel.Patch(10, _patch == 10 ? 12 : _patch)));
        _patch = _patch == 10 ? 12 : _patch;
        File.SetLastWriteTimeUtc(path, time);
        return result;
    }

    private string Touch()
    {
        string[] files =
        [
            "patches/tune/0001-tune.patch", "kernels/mini/mini.config", "kernels/mini/mini.kernelproj", "kernels/mini/ramdisk/init",
            "sdk/Sdk.targets",
        ];
        var file = files[_random.Next(files.Length)];
        File.SetLastWriteTimeUtc(_mini.PathOf(file), DateTime.UtcNow);
        return "touch " + file;
    }

    private void WriteFragment() => _mini.Write(
        "kernels/mini/mini.config",
        string.Create(CultureInfo.InvariantCulture, $"{(_fast ? "CONFIG_FAST=y" : "# CONFIG_FAST is not set")}\nCONFIG_LEVEL={_level}\n"));

    private void WriteProject() => _mini.Write(
        "kernels/mini/mini.kernelproj",
        MiniKernel.Project(_commandLine, $"<PropertyGroup><ToolchainFolder>{_tools}</ToolchainFolder></PropertyGroup>", _sdk));

    private void WriteSdk()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src", "KernelBuild.Sdk", "Sdk", "Sdk.targets"));
        _mini.Write(
            "sdk/Sdk.targets", text.Replace(">kernelbuild</KernelBuildUser>", $">{_user}</KernelBuildUser>", StringComparison.Ordinal));
    }

    /// <summary>What in boot.img is not what the inputs must give; null when all of it is.</summary>
    private async Task<string?> StaleAsync()
    {
        var image = BootImage.Read(await File.ReadAllBytesAsync(Path.Combine(_mini.Artifacts, "boot.img")));
        if (image.CommandLine != _commandLine)
        {
            return $"command line '{image.CommandLine}', expected '{_commandLine}'";
        }

        Decompressor.TryDecompress(image.Kernel, out var kernel, out _).ShouldBeTrue();
        var config = "CONFIG_BASE=y\n" + (_fast ? "CONFIG_FAST=y\n" : "# CONFIG_FAST is not set\n")
            + string.Create(CultureInfo.InvariantCulture, $"CONFIG_LEVEL={_level}\n");
        var expected = MiniKernel.ExpectedImage(_user, _clang, MiniKernel.Source("one", _patch), MiniKernel.Source("two", 20), config);
        if (!kernel!.Content.Span.SequenceEqual(expected))
        {
            return $"kernel:\n{Encoding.UTF8.GetString(kernel.Content.Span[64..])}\nexpected:\n"
                + $"{Encoding.UTF8.GetString(expected.AsSpan(64))}";
        }

        Decompressor.TryDecompress(image.Ramdisk, out var ramdisk, out _).ShouldBeTrue();
        CpioArchive.TryRead(ramdisk!.Content, out var archive, out _).ShouldBeTrue();
        var files = archive!.Entries
            .Where(entry => entry.Data.Length > 0)
            .ToDictionary(entry => entry.Path, entry => Encoding.UTF8.GetString(entry.Data.Span), StringComparer.Ordinal);
        return files.Count == _ramdisk.Count && _ramdisk.All(file => files.GetValueOrDefault(file.Key) == file.Value)
            ? null
            : $"ramdisk: {string.Join(", ", files.Keys)}; expected {string.Join(", ", _ramdisk.Keys)}";
    }

    private static async Task<string> ClangVersionAsync(string program) =>
        (await new Command(program).WithArguments("--version").RunAsync(CancellationToken.None)).Output[0];
}
