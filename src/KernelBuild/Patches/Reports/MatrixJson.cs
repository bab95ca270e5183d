using System.Text.Json;
using KernelBuild.Devices;
using KernelBuild.Patches.Bench;

namespace KernelBuild.Patches.Reports;

/// <summary>A matrix as JSON: {"cells": [{"series", "device", "verdict", "patches": […]}]}.</summary>
public static class MatrixJson
{
    public static string Of(MatrixReport report) => JsonSerializer.Serialize(report, DeviceJson.Readable.MatrixReport) + "\n";
}
