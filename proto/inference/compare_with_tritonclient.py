#!/usr/bin/env python3
"""Compares our schema with the descriptors that tritonclient carries: every message, field and method that we
declare must be there under the same name, with the same number, type and label, or clients would misread us.

Usage: compare_with_tritonclient.py DESCRIPTOR_SET   (from protoc --include_imports --descriptor_set_out)
Exit:  0 equal, 1 different, 77 tritonclient is not installed.
"""
import sys

try:
    from google.protobuf import descriptor_pb2
    from tritonclient.grpc import model_config_pb2, service_pb2
except ImportError as error:
    print(f"skipped: {error}; install tritonclient[grpc] for this Python", file=sys.stderr)
    sys.exit(77)


def as_proto(module):
    proto = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(proto)
    return proto


def messages(container, prefix=""):
    """All messages of a file, nested ones too, by their dotted name."""
    is_file = isinstance(container, descriptor_pb2.FileDescriptorProto)
    for message in container.message_type if is_file else container.nested_type:
        yield prefix + message.name, message
        yield from messages(message, prefix + message.name + ".")


def wire_form(field):
    return field.number, field.type, field.label, field.type_name


def call_form(method):
    return method and (method.input_type, method.output_type, method.client_streaming, method.server_streaming)


def differences(ours, theirs):
    their_messages = dict(messages(theirs))
    for name, message in messages(ours):
        if name not in their_messages:
            yield f"message {name}: the client has none of this name"
            continue
        fields = {field.name: field for field in their_messages[name].field}
        for field in message.field:
            other = fields.get(field.name)
            if other is None or wire_form(field) != wire_form(other):
                yield f"{name}.{field.name}: ours is {wire_form(field)}, the client's {other and wire_form(other)}"
    their_enums = {enum.name: {v.name: v.number for v in enum.value} for enum in theirs.enum_type}
    for enum in ours.enum_type:
        for value in enum.value:
            if their_enums.get(enum.name, {}).get(value.name) != value.number:
                yield f"enum value {enum.name}.{value.name} = {value.number}: the client's differs"
    for service in ours.service:
        their_methods = {m.name: m for s in theirs.service if s.name == service.name for m in s.method}
        for method in service.method:
            if call_form(their_methods.get(method.name)) != call_form(method):
                yield f"method {service.name}.{method.name}: the client's differs"


def main():
    files = descriptor_pb2.FileDescriptorSet.FromString(open(sys.argv[1], "rb").read()).file
    ours = {file.name.rsplit("/", 1)[-1]: file for file in files}
    found = [*differences(ours["inference.proto"], as_proto(service_pb2)),
             *differences(ours["model_config.proto"], as_proto(model_config_pb2))]
    for text in found:
        print(text)
    count = sum(len(message.field) for file in ours.values() for _, message in messages(file))
    print(f"{count} fields compared, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
