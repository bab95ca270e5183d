using System.Text;

namespace KernelBuild.Testing.DeviceTrees;

/// <summary>The device tree compiler and its companions.</summary>
public static class Dtc
{
    public static byte[] Compile(string source, params string[] options) =>
        Oracle.Output("dtc", ["-q", "-q", "-I", "dts", "-O", "dtb", .. options, "-o", "-", "-"], Encoding.UTF8.GetBytes(source));

    public static byte[] CompileOverlay(string source) => Compile(source, "-@");

    public static string Decompile(byte[] tree) =>
        Encoding.UTF8.GetString(Oracle.Output("dtc", ["-q", "-q", "-f", "-I", "dtb", "-O", "dts", "-s", "-o", "-", "-"], tree));

    /// <summary>fdtoverlay's result, or null and what it said.</summary>
    public static byte[]? ApplyOverlay(byte[] tree, byte[] overlay, out string errors)
    {
        var directory = Directory.CreateTempSubdirectory("kernelbuild-dt-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(directory, "base.dtb"), tree);
            File.WriteAllBytes(Path.Combine(directory, "overlay.dtbo"), overlay);
            var run = Oracle.Run("fdtoverlay", ["-i", "base.dtb", "-o", "out.dtb", "overlay.dtbo"], directory: directory);
            errors = run.Errors;
            return run.ExitCode == 0 ? File.ReadAllBytes(Path.Combine(directory, "out.dtb")) : null;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What fdtput makes of a tree.</summary>
    public static byte[] Put(byte[] tree, params string[] arguments)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, tree);
            Oracle.Output("fdtput", [.. arguments.Select(argument => argument == "FILE" ? file : argument)]);
            return File.ReadAllBytes(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
