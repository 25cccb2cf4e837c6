/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError, $TypeError = $util.global.TypeError, $Number = $util.global.Number, $String = $util.global.String, $Array = $util.global.Array, $parseInt = $util.global.parseInt, $BigInt = $util.global.BigInt, $Boolean = $util.global.Boolean;

const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const fixbug = $root.fixbug = (() => {

    const fixbug = {};

    fixbug.ResultCode = (function() {

        const ResultCode = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        ResultCode.prototype.errcode = 0;
        ResultCode.prototype.errmsg = $util.newBuffer([]);

        ResultCode.create = function(properties) {
            return new ResultCode(properties);
        };

        ResultCode.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.errcode != null && $Object.hasOwnProperty.call(message, "errcode") && message.errcode !== 0)
                writer.uint32(8).int32(message.errcode);
            if (message.errmsg != null && $Object.hasOwnProperty.call(message, "errmsg") && message.errmsg.length)
                writer.uint32(18).bytes(message.errmsg);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        ResultCode.encodeDelimited = function(message, writer) {
            return this.encode(message, (writer || $Writer.create()).fork()).ldelim();
        };

        ResultCode.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.fixbug.ResultCode();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.int32())
                            message.errcode = value;
                        else
                            delete message.errcode;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.errmsg = value;
                        else
                            delete message.errmsg;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        ResultCode.decodeDelimited = function(reader) {
            if (!(reader instanceof $Reader))
                reader = new $Reader(reader);
            return this.decode(reader, reader.size());
        };

        ResultCode.verify = function (message, _depth) {
            if (typeof message !== "object" || message === null)
                return "object expected";
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                return "max depth exceeded";
            if (message.errcode != null && $Object.hasOwnProperty.call(message, "errcode"))
                if (!$util.isInteger(message.errcode))
                    return "errcode: integer expected";
            if (message.errmsg != null && $Object.hasOwnProperty.call(message, "errmsg"))
                if (!(message.errmsg && typeof message.errmsg.length === "number" || $util.isString(message.errmsg)))
                    return "errmsg: buffer expected";
            return null;
        };

        ResultCode.fromObject = function (object, _depth) {
            if (object instanceof $root.fixbug.ResultCode)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".fixbug.ResultCode: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.fixbug.ResultCode();
            if (object.errcode != null)
                if ($Number(object.errcode) !== 0)
                    message.errcode = object.errcode | 0;
            if (object.errmsg != null)
                if (object.errmsg.length)
                    if (typeof object.errmsg === "string")
                        $util.base64.decode(object.errmsg, message.errmsg = $util.newBuffer($util.base64.length(object.errmsg)), 0);
                    else if (object.errmsg.length >= 0)
                        message.errmsg = object.errmsg;
            return message;
        };

        ResultCode.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.defaults) {
                object.errcode = 0;
                if (options.bytes === $String)
                    object.errmsg = "";
                else {
                    object.errmsg = [];
                    if (options.bytes !== $Array)
                        object.errmsg = $util.newBuffer(object.errmsg);
                }
            }
            if (message.errcode != null && $Object.hasOwnProperty.call(message, "errcode"))
                object.errcode = message.errcode;
            if (message.errmsg != null && $Object.hasOwnProperty.call(message, "errmsg"))
                object.errmsg = options.bytes === $String ? $util.base64.encode(message.errmsg, 0, message.errmsg.length) : options.bytes === $Array ? $Array.prototype.slice.call(message.errmsg) : message.errmsg;
            return object;
        };

        ResultCode.prototype.toJSON = function() {
            return ResultCode.toObject(this, $protobuf.util.toJSONOptions);
        };

        ResultCode.getTypeUrl = function(prefix) {
            if (prefix === $undefined)
                prefix = "type.googleapis.com";
            return prefix + "/fixbug.ResultCode";
        };

        return ResultCode;
    })();

    fixbug.LoginRequest = (function() {

        const LoginRequest = function (properties) {
            this.tags = [];
            this.codes = {};
            this.marks = [];
            this.scores = {};
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        LoginRequest.prototype.name = $util.newBuffer([]);
        LoginRequest.prototype.pwd = $util.newBuffer([]);
        LoginRequest.prototype.tags = $util.emptyArray;
        LoginRequest.prototype.codes = $util.emptyObject;
        LoginRequest.prototype.born = $util.Long ? $util.Long.fromBits(0,0,false) : 0;
        LoginRequest.prototype.seen = null;
        LoginRequest.prototype.marks = $util.emptyArray;
        LoginRequest.prototype.scores = $util.emptyObject;
        LoginRequest.prototype.text = "";

        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(LoginRequest.prototype, "_seen", {
            get: $util.oneOfGetter($oneOfFields = ["seen"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        LoginRequest.create = function(properties) {
            return new LoginRequest(properties);
        };

        LoginRequest.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name.length)
                writer.uint32(10).bytes(message.name);
            if (message.pwd != null && $Object.hasOwnProperty.call(message, "pwd") && message.pwd.length)
                writer.uint32(18).bytes(message.pwd);
            if (message.tags != null && message.tags.length)
                for (let i = 0; i < message.tags.length; ++i)
                    writer.uint32(26).bytes(message.tags[i]);
            if (message.codes != null && $Object.hasOwnProperty.call(message, "codes"))
                for (let keys = $Object.keys(message.codes), i = 0; i < keys.length; ++i) {
                    writer.uint32(34).fork().uint32(10).string(keys[i]);
                    $root.fixbug.ResultCode.encode(message.codes[keys[i]], writer.uint32(18).fork(), _depth + 1).ldelim().ldelim();
                }
            if (message.born != null && $Object.hasOwnProperty.call(message, "born") && (typeof message.born === "object" ? message.born.low || message.born.high : message.born !== 0))
                writer.uint32(40).int64(message.born);
            if (message.seen != null && $Object.hasOwnProperty.call(message, "seen"))
                writer.uint32(48).uint64(message.seen);
            if (message.marks != null && message.marks.length)
                writer.uint32(58).fixed64s(message.marks);
            if (message.scores != null && $Object.hasOwnProperty.call(message, "scores"))
                for (let keys = $Object.keys(message.scores), i = 0; i < keys.length; ++i)
                    writer.uint32(66).fork().uint32(10).string(keys[i]).uint32(16).sint64(message.scores[keys[i]]).ldelim();
            if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                writer.uint32(74).string(message.text);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        LoginRequest.encodeDelimited = function(message, writer) {
            return this.encode(message, (writer || $Writer.create()).fork()).ldelim();
        };

        LoginRequest.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, key, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.fixbug.LoginRequest();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.name = value;
                        else
                            delete message.name;
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.bytes()).length)
                            message.pwd = value;
                        else
                            delete message.pwd;
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        if (!(message.tags && message.tags.length))
                            message.tags = [];
                        message.tags.push(reader.bytes());
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        if (message.codes === $util.emptyObject)
                            message.codes = {};
                        let end2 = reader.size() + reader.pos;
                        if (end2 > reader.len)
                            throw $RangeError("index out of range");
                        reader.len = end2;
                        key = "";
                        value = null;
                        while (reader.pos < end2) {
                            let tag2 = reader.tag();
                            wireType = tag2 & 7;
                            switch (tag2 >>>= 3) {
                            case 1:
                                if (wireType !== 2)
                                    break;
                                key = reader.stringVerify();
                                continue;
                            case 2:
                                if (wireType !== 2)
                                    break;
                                value = $root.fixbug.ResultCode.decode(reader, reader.size(), $undefined, _depth + 1, value);
                                continue;
                            }
                            reader.skipType(wireType, _depth, tag2);
                        }
                        if (reader.pos !== end2)
                            throw $RangeError("index out of range");
                        reader.len = end;
                        if (key === "__proto__")
                            $util.makeProp(message.codes, key);
                        message.codes[key] = value || new $root.fixbug.ResultCode();
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        if (typeof (value = reader.int64()) === "object" ? value.low || value.high : value !== 0)
                            message.born = value;
                        else
                            delete message.born;
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        message.seen = reader.uint64();
                        message._seen = "seen";
                        continue;
                    }
                case 7: {
                        if (wireType === 2) {
                            if (!(message.marks && message.marks.length))
                                message.marks = [];
                            reader.fixed64s(message.marks);
                            continue;
                        }
                        if (wireType !== 1)
                            break;
                        if (!(message.marks && message.marks.length))
                            message.marks = [];
                        message.marks.push(reader.fixed64());
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        if (message.scores === $util.emptyObject)
                            message.scores = {};
                        let end2 = reader.size() + reader.pos;
                        if (end2 > reader.len)
                            throw $RangeError("index out of range");
                        reader.len = end2;
                        key = "";
                        value = $util.Long ? $util.Long.fromNumber(0, false) : 0;
                        while (reader.pos < end2) {
                            let tag2 = reader.tag();
                            wireType = tag2 & 7;
                            switch (tag2 >>>= 3) {
                            case 1:
                                if (wireType !== 2)
                                    break;
                                key = reader.stringVerify();
                                continue;
                            case 2:
                                if (wireType !== 0)
                                    break;
                                value = reader.sint64();
                                continue;
                            }
                            reader.skipType(wireType, _depth, tag2);
                        }
                        if (reader.pos !== end2)
                            throw $RangeError("index out of range");
                        reader.len = end;
                        if (key === "__proto__")
                            $util.makeProp(message.scores, key);
                        message.scores[key] = value;
                        continue;
                    }
                case 9: {
                        if (wireType !== 2)
                            break;
                        if ((value = reader.stringVerify()).length)
                            message.text = value;
                        else
                            delete message.text;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        LoginRequest.decodeDelimited = function(reader) {
            if (!(reader instanceof $Reader))
                reader = new $Reader(reader);
            return this.decode(reader, reader.size());
        };

        LoginRequest.verify = function (message, _depth) {
            if (typeof message !== "object" || message === null)
                return "object expected";
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                return "max depth exceeded";
            let properties = {};
            if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
                if (!(message.name && typeof message.name.length === "number" || $util.isString(message.name)))
                    return "name: buffer expected";
            if (message.pwd != null && $Object.hasOwnProperty.call(message, "pwd"))
                if (!(message.pwd && typeof message.pwd.length === "number" || $util.isString(message.pwd)))
                    return "pwd: buffer expected";
            if (message.tags != null && $Object.hasOwnProperty.call(message, "tags")) {
                if (!$Array.isArray(message.tags))
                    return "tags: array expected";
                for (let i = 0; i < message.tags.length; ++i)
                    if (!(message.tags[i] && typeof message.tags[i].length === "number" || $util.isString(message.tags[i])))
                        return "tags: buffer[] expected";
            }
            if (message.codes != null && $Object.hasOwnProperty.call(message, "codes")) {
                if (!$util.isObject(message.codes))
                    return "codes: object expected";
                let key = $Object.keys(message.codes);
                for (let i = 0; i < key.length; ++i) {
                    let error = $root.fixbug.ResultCode.verify(message.codes[key[i]], _depth + 1);
                    if (error)
                        return "codes." + error;
                }
            }
            if (message.born != null && $Object.hasOwnProperty.call(message, "born"))
                if (!$util.isInteger(message.born) && !(message.born && $util.isInteger(message.born.low) && $util.isInteger(message.born.high)))
                    return "born: integer|Long expected";
            if (message.seen != null && $Object.hasOwnProperty.call(message, "seen")) {
                properties._seen = 1;
                if (!$util.isInteger(message.seen) && !(message.seen && $util.isInteger(message.seen.low) && $util.isInteger(message.seen.high)))
                    return "seen: integer|Long expected";
            }
            if (message.marks != null && $Object.hasOwnProperty.call(message, "marks")) {
                if (!$Array.isArray(message.marks))
                    return "marks: array expected";
                for (let i = 0; i < message.marks.length; ++i)
                    if (!$util.isInteger(message.marks[i]) && !(message.marks[i] && $util.isInteger(message.marks[i].low) && $util.isInteger(message.marks[i].high)))
                        return "marks: integer|Long[] expected";
            }
            if (message.scores != null && $Object.hasOwnProperty.call(message, "scores")) {
                if (!$util.isObject(message.scores))
                    return "scores: object expected";
                let key = $Object.keys(message.scores);
                for (let i = 0; i < key.length; ++i)
                    if (!$util.isInteger(message.scores[key[i]]) && !(message.scores[key[i]] && $util.isInteger(message.scores[key[i]].low) && $util.isInteger(message.scores[key[i]].high)))
                        return "scores: integer|Long{k:string} expected";
            }
            if (message.text != null && $Object.hasOwnProperty.call(message, "text"))
                if (!$util.isString(message.text))
                    return "text: string expected";
            return null;
        };

        LoginRequest.fromObject = function (object, _depth) {
            if (object instanceof $root.fixbug.LoginRequest)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".fixbug.LoginRequest: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.fixbug.LoginRequest();
            if (object.name != null)
                if (object.name.length)
                    if (typeof object.name === "string")
                        $util.base64.decode(object.name, message.name = $util.newBuffer($util.base64.length(object.name)), 0);
                    else if (object.name.length >= 0)
                        message.name = object.name;
            if (object.pwd != null)
                if (object.pwd.length)
                    if (typeof object.pwd === "string")
                        $util.base64.decode(object.pwd, message.pwd = $util.newBuffer($util.base64.length(object.pwd)), 0);
                    else if (object.pwd.length >= 0)
                        message.pwd = object.pwd;
            if (object.tags) {
                if (!$Array.isArray(object.tags))
                    throw $TypeError(".fixbug.LoginRequest.tags: array expected");
                message.tags = $Array(object.tags.length);
                for (let i = 0; i < object.tags.length; ++i)
                    if (typeof object.tags[i] === "string")
                        $util.base64.decode(object.tags[i], message.tags[i] = $util.newBuffer($util.base64.length(object.tags[i])), 0);
                    else if (object.tags[i].length >= 0)
                        message.tags[i] = object.tags[i];
            }
            if (object.codes) {
                if (!$util.isObject(object.codes))
                    throw $TypeError(".fixbug.LoginRequest.codes: object expected");
                message.codes = {};
                for (let keys = $Object.keys(object.codes), i = 0; i < keys.length; ++i) {
                    if (keys[i] === "__proto__")
                        $util.makeProp(message.codes, keys[i]);
                    if (!$util.isObject(object.codes[keys[i]]))
                        throw $TypeError(".fixbug.LoginRequest.codes: object expected");
                    message.codes[keys[i]] = $root.fixbug.ResultCode.fromObject(object.codes[keys[i]], _depth + 1);
                }
            }
            if (object.born != null)
                if (typeof object.born === "object" ? object.born.low || object.born.high : $Number(object.born) !== 0)
                    if ($util.Long)
                        message.born = $util.Long.fromValue(object.born, false);
                    else if (typeof object.born === "string")
                        message.born = $parseInt(object.born, 10);
                    else if (typeof object.born === "number")
                        message.born = object.born;
                    else if (typeof object.born === "object")
                        message.born = new $util.LongBits(object.born.low >>> 0, object.born.high >>> 0).toNumber();
            if (object.seen != null)
                if ($util.Long)
                    message.seen = $util.Long.fromValue(object.seen, true);
                else if (typeof object.seen === "string")
                    message.seen = $parseInt(object.seen, 10);
                else if (typeof object.seen === "number")
                    message.seen = object.seen;
                else if (typeof object.seen === "object")
                    message.seen = new $util.LongBits(object.seen.low >>> 0, object.seen.high >>> 0).toNumber(true);
            if (object.marks) {
                if (!$Array.isArray(object.marks))
                    throw $TypeError(".fixbug.LoginRequest.marks: array expected");
                message.marks = $Array(object.marks.length);
                for (let i = 0; i < object.marks.length; ++i)
                    if ($util.Long)
                        message.marks[i] = $util.Long.fromValue(object.marks[i], true);
                    else if (typeof object.marks[i] === "string")
                        message.marks[i] = $parseInt(object.marks[i], 10);
                    else if (typeof object.marks[i] === "number")
                        message.marks[i] = object.marks[i];
                    else if (typeof object.marks[i] === "object")
                        message.marks[i] = new $util.LongBits(object.marks[i].low >>> 0, object.marks[i].high >>> 0).toNumber(true);
            }
            if (object.scores) {
                if (!$util.isObject(object.scores))
                    throw $TypeError(".fixbug.LoginRequest.scores: object expected");
                message.scores = {};
                for (let keys = $Object.keys(object.scores), i = 0; i < keys.length; ++i) {
                    if (keys[i] === "__proto__")
                        $util.makeProp(message.scores, keys[i]);
                    if ($util.Long)
                        message.scores[keys[i]] = $util.Long.fromValue(object.scores[keys[i]], false);
                    else if (typeof object.scores[keys[i]] === "string")
                        message.scores[keys[i]] = $parseInt(object.scores[keys[i]], 10);
                    else if (typeof object.scores[keys[i]] === "number")
                        message.scores[keys[i]] = object.scores[keys[i]];
                    else if (typeof object.scores[keys[i]] === "object")
                        message.scores[keys[i]] = new $util.LongBits(object.scores[keys[i]].low >>> 0, object.scores[keys[i]].high >>> 0).toNumber();
                }
            }
            if (object.text != null)
                if (typeof object.text !== "string" || object.text.length)
                    message.text = $String(object.text);
            return message;
        };

        LoginRequest.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.arrays || options.defaults) {
                object.tags = [];
                object.marks = [];
            }
            if (options.objects || options.defaults) {
                object.codes = {};
                object.scores = {};
            }
            if (options.defaults) {
                if (options.bytes === $String)
                    object.name = "";
                else {
                    object.name = [];
                    if (options.bytes !== $Array)
                        object.name = $util.newBuffer(object.name);
                }
                if (options.bytes === $String)
                    object.pwd = "";
                else {
                    object.pwd = [];
                    if (options.bytes !== $Array)
                        object.pwd = $util.newBuffer(object.pwd);
                }
                if ($util.Long) {
                    let long = new $util.Long(0, 0, false);
                    object.born = options.longs === $String ? long.toString() : options.longs === $Number ? long.toNumber() : typeof $BigInt !== "undefined" && options.longs === $BigInt ? long.toBigInt() : long;
                } else
                    object.born = options.longs === $String ? "0" : typeof $BigInt !== "undefined" && options.longs === $BigInt ? $BigInt("0") : 0;
                object.text = "";
            }
            if (message.name != null && $Object.hasOwnProperty.call(message, "name"))
                object.name = options.bytes === $String ? $util.base64.encode(message.name, 0, message.name.length) : options.bytes === $Array ? $Array.prototype.slice.call(message.name) : message.name;
            if (message.pwd != null && $Object.hasOwnProperty.call(message, "pwd"))
                object.pwd = options.bytes === $String ? $util.base64.encode(message.pwd, 0, message.pwd.length) : options.bytes === $Array ? $Array.prototype.slice.call(message.pwd) : message.pwd;
            if (message.tags && message.tags.length) {
                object.tags = $Array(message.tags.length);
                for (let j = 0; j < message.tags.length; ++j)
                    object.tags[j] = options.bytes === $String ? $util.base64.encode(message.tags[j], 0, message.tags[j].length) : options.bytes === $Array ? $Array.prototype.slice.call(message.tags[j]) : message.tags[j];
            }
            let keys2;
            if (message.codes && (keys2 = $Object.keys(message.codes)).length) {
                object.codes = {};
                for (let j = 0; j < keys2.length; ++j) {
                    if (keys2[j] === "__proto__")
                        $util.makeProp(object.codes, keys2[j]);
                    object.codes[keys2[j]] = $root.fixbug.ResultCode.toObject(message.codes[keys2[j]], options, _depth + 1);
                }
            }
            if (message.born != null && $Object.hasOwnProperty.call(message, "born"))
                if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                    object.born = typeof message.born === "number" ? $BigInt(message.born) : $util.Long.fromBits(message.born.low >>> 0, message.born.high >>> 0, false).toBigInt();
                else if (typeof message.born === "number")
                    object.born = options.longs === $String ? $String(message.born) : message.born;
                else
                    object.born = options.longs === $String ? $util.Long.prototype.toString.call(message.born) : options.longs === $Number ? new $util.LongBits(message.born.low >>> 0, message.born.high >>> 0).toNumber() : message.born;
            if (message.seen != null && $Object.hasOwnProperty.call(message, "seen"))
                if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                    object.seen = typeof message.seen === "number" ? $BigInt(message.seen) : $util.Long.fromBits(message.seen.low >>> 0, message.seen.high >>> 0, true).toBigInt();
                else if (typeof message.seen === "number")
                    object.seen = options.longs === $String ? $String(message.seen) : message.seen;
                else
                    object.seen = options.longs === $String ? $util.Long.prototype.toString.call(message.seen) : options.longs === $Number ? new $util.LongBits(message.seen.low >>> 0, message.seen.high >>> 0).toNumber(true) : message.seen;
            if (message.marks && message.marks.length) {
                object.marks = $Array(message.marks.length);
                for (let j = 0; j < message.marks.length; ++j)
                    if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                        object.marks[j] = typeof message.marks[j] === "number" ? $BigInt(message.marks[j]) : $util.Long.fromBits(message.marks[j].low >>> 0, message.marks[j].high >>> 0, true).toBigInt();
                    else if (typeof message.marks[j] === "number")
                        object.marks[j] = options.longs === $String ? $String(message.marks[j]) : message.marks[j];
                    else
                        object.marks[j] = options.longs === $String ? $util.Long.prototype.toString.call(message.marks[j]) : options.longs === $Number ? new $util.LongBits(message.marks[j].low >>> 0, message.marks[j].high >>> 0).toNumber(true) : message.marks[j];
            }
            if (message.scores && (keys2 = $Object.keys(message.scores)).length) {
                object.scores = {};
                for (let j = 0; j < keys2.length; ++j) {
                    if (keys2[j] === "__proto__")
                        $util.makeProp(object.scores, keys2[j]);
                    if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                        object.scores[keys2[j]] = typeof message.scores[keys2[j]] === "number" ? $BigInt(message.scores[keys2[j]]) : $util.Long.fromBits(message.scores[keys2[j]].low >>> 0, message.scores[keys2[j]].high >>> 0, false).toBigInt();
                    else if (typeof message.scores[keys2[j]] === "number")
                        object.scores[keys2[j]] = options.longs === $String ? $String(message.scores[keys2[j]]) : message.scores[keys2[j]];
                    else
                        object.scores[keys2[j]] = options.longs === $String ? $util.Long.prototype.toString.call(message.scores[keys2[j]]) : options.longs === $Number ? new $util.LongBits(message.scores[keys2[j]].low >>> 0, message.scores[keys2[j]].high >>> 0).toNumber() : message.scores[keys2[j]];
                }
            }
            if (message.text != null && $Object.hasOwnProperty.call(message, "text"))
                object.text = message.text;
            return object;
        };

        LoginRequest.prototype.toJSON = function() {
            return LoginRequest.toObject(this, $protobuf.util.toJSONOptions);
        };

        LoginRequest.getTypeUrl = function(prefix) {
            if (prefix === $undefined)
                prefix = "type.googleapis.com";
            return prefix + "/fixbug.LoginRequest";
        };

        return LoginRequest;
    })();

    fixbug.LoginResponse = (function() {

        const LoginResponse = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        LoginResponse.prototype.result = null;
        LoginResponse.prototype.success = false;

        LoginResponse.create = function(properties) {
            return new LoginResponse(properties);
        };

        LoginResponse.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.result != null && $Object.hasOwnProperty.call(message, "result"))
                $root.fixbug.ResultCode.encode(message.result, writer.uint32(10).fork(), _depth + 1).ldelim();
            if (message.success != null && $Object.hasOwnProperty.call(message, "success") && message.success !== false)
                writer.uint32(16).bool(message.success);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        LoginResponse.encodeDelimited = function(message, writer) {
            return this.encode(message, (writer || $Writer.create()).fork()).ldelim();
        };

        LoginResponse.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.fixbug.LoginResponse();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.result = $root.fixbug.ResultCode.decode(reader, reader.size(), $undefined, _depth + 1, message.result);
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        if (value = reader.bool())
                            message.success = value;
                        else
                            delete message.success;
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        LoginResponse.decodeDelimited = function(reader) {
            if (!(reader instanceof $Reader))
                reader = new $Reader(reader);
            return this.decode(reader, reader.size());
        };

        LoginResponse.verify = function (message, _depth) {
            if (typeof message !== "object" || message === null)
                return "object expected";
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                return "max depth exceeded";
            if (message.result != null && $Object.hasOwnProperty.call(message, "result")) {
                let error = $root.fixbug.ResultCode.verify(message.result, _depth + 1);
                if (error)
                    return "result." + error;
            }
            if (message.success != null && $Object.hasOwnProperty.call(message, "success"))
                if (typeof message.success !== "boolean")
                    return "success: boolean expected";
            return null;
        };

        LoginResponse.fromObject = function (object, _depth) {
            if (object instanceof $root.fixbug.LoginResponse)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".fixbug.LoginResponse: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.fixbug.LoginResponse();
            if (object.result != null) {
                if (!$util.isObject(object.result))
                    throw $TypeError(".fixbug.LoginResponse.result: object expected");
                message.result = $root.fixbug.ResultCode.fromObject(object.result, _depth + 1);
            }
            if (object.success != null)
                if (object.success)
                    message.success = $Boolean(object.success);
            return message;
        };

        LoginResponse.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.defaults) {
                object.result = null;
                object.success = false;
            }
            if (message.result != null && $Object.hasOwnProperty.call(message, "result"))
                object.result = $root.fixbug.ResultCode.toObject(message.result, options, _depth + 1);
            if (message.success != null && $Object.hasOwnProperty.call(message, "success"))
                object.success = message.success;
            return object;
        };

        LoginResponse.prototype.toJSON = function() {
            return LoginResponse.toObject(this, $protobuf.util.toJSONOptions);
        };

        LoginResponse.getTypeUrl = function(prefix) {
            if (prefix === $undefined)
                prefix = "type.googleapis.com";
            return prefix + "/fixbug.LoginResponse";
        };

        return LoginResponse;
    })();

    fixbug.UserServiceRpc = (function() {

        const UserServiceRpc = function(rpcImpl, requestDelimited, responseDelimited) {
            $protobuf.rpc.Service.call(this, rpcImpl, requestDelimited, responseDelimited);
        };

        $Object.defineProperty(UserServiceRpc.prototype = $Object.create($protobuf.rpc.Service.prototype), "constructor", { value: UserServiceRpc, writable: true, enumerable: false, configurable: true });

        UserServiceRpc.create = function(rpcImpl, requestDelimited, responseDelimited) {
            return new this(rpcImpl, requestDelimited, responseDelimited);
        };



        $Object.defineProperties(UserServiceRpc.prototype.login = function(request, callback) {
            return $protobuf.rpc.Service.prototype.rpcCall.call(this, UserServiceRpc.prototype.login, $root.fixbug.LoginRequest, $root.fixbug.LoginResponse, request, callback);
        }, {
            name: { value: "Login" },
            path: { value: "/fixbug.UserServiceRpc/Login" },
            requestType: { value: "LoginRequest" },
            responseType: { value: "LoginResponse" },
            requestStream: { value: $undefined },
            responseStream: { value: $undefined }
        });



        $Object.defineProperties(UserServiceRpc.prototype.watch = function(request, callback) {
            return $protobuf.rpc.Service.prototype.rpcCall.call(this, UserServiceRpc.prototype.watch, $root.fixbug.LoginRequest, $root.fixbug.LoginResponse, request, callback);
        }, {
            name: { value: "Watch" },
            path: { value: "/fixbug.UserServiceRpc/Watch" },
            requestType: { value: "LoginRequest" },
            responseType: { value: "LoginResponse" },
            requestStream: { value: $undefined },
            responseStream: { value: true }
        });

        return UserServiceRpc;
    })();

    return fixbug;
})();

export {
  $root as default
};
