using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Configure;

/// <summary>The kernel's own conf, as make runs it in a folder of its own beside a tree: the tree is read and stays as it is.</summary>
/// <param name="tree">The kernel's top; nothing was built in it.</param>
/// <param name="folder">An empty folder for make's O=.</param>
/// <param name="variables">VARIABLE=VALUE for make.</param>
public sealed class ConfProof(string tree, string folder, IReadOnlyList<string> variables)
{
    private string ConfigPath => Path.Combine(folder, ".config");

    /// <summary>make's variables for the compiler that made a configuration, as far as this host has one like it.</summary>
    /// <param name="architecture">The folder below arch/.</param>
    public static IReadOnlyList<string> VariablesFor(KernelConfig config, string architecture)
    {
        var arch = $"ARCH={architecture}";
        var cross = architecture == "arm64" ? "aarch64-linux-gnu-" : "";
        var isClang = config["CONFIG_CC_IS_CLANG"] == "y" || ProgramPath.Find(cross + "gcc") is null;
        if (!isClang)
        {
            return cross.Length > 0 ? [arch, "CROSS_COMPILE=" + cross] : [arch];
        }

        var stated = int.TryParse(config["CONFIG_CLANG_VERSION"], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version / 10000 : 0;
        var suffix = Enumerable.Range(11, 30).OrderBy(number => number == stated ? 0 : 1).ThenByDescending(number => number)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"-{number}"))
            .FirstOrDefault(one => ProgramPath.Find("clang" + one) is not null && ProgramPath.Find("ld.lld" + one) is not null) ?? "";
        return
        [
            arch, "LLVM=1", "LLVM_IAS=1", .. cross.Length > 0 ? ["CROSS_COMPILE=" + cross] : Array.Empty<string>(), $"CC=clang{suffix}", $"LD=ld.lld{suffix}", $"AR=llvm-ar{suffix}",
            $"NM=llvm-nm{suffix}", $"OBJCOPY=llvm-objcopy{suffix}", $"STRIP=llvm-strip{suffix}", $"HOSTCC=clang{suffix}", $"HOSTCXX=clang++{suffix}",
        ];
    }

    /// <summary>What conf makes of a configuration.</summary>
    /// <exception cref="DiagnosticException">KB4005 when make fails.</exception>
    public async Task<KernelConfig> CompleteAsync(string config, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(ConfigPath, config, cancellationToken);
        await new Command("make").In(tree).WithArguments("-s", "O=" + folder).WithArguments(variables).WithArguments("olddefconfig").RunAsync(cancellationToken);
        return KernelConfig.Load(ConfigPath);
    }

    /// <summary>The text that conf wrote last.</summary>
    public Task<string> TextAsync(CancellationToken cancellationToken) => File.ReadAllTextAsync(ConfigPath, cancellationToken);
}
